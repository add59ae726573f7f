-- The code looks as STYLE says, as far as a machine can tell.
-- Every rule of ours is shown broken sources first; clang-format, luacheck and shellcheck are
-- trusted. It reads the archives of the build named by MW_BUILD, by default build/.
local style = require "spec.arch.style"
local tree = require "spec.arch.tree"

local c = tree.sources("core bindings spec", { "*.c", "*.h" })
local production_c = tree.sources("core bindings", { "*.c", "*.h" })
local lua = tree.sources("bindings scripts spec tools", { "*.lua" })
local script = tree.sources("spec static tools", { "*.mjs", "*.js" })
local all = table.move(c, 1, #c, 1, {})
table.move(lua, 1, #lua, #all + 1, all)
table.move(script, 1, #script, #all + 1, all)

local archives = (os.getenv "MW_BUILD" or "build") .. "/libmw_*.a"

local function file(path, text)
  return { { path = path, text = text } }
end

-- What a tool has to say, and whether it was content.
local function complaint(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  return pipe:close() and "" or "not content: " .. text
end

describe("files", function()
  it("are short enough to hold one noun", function()
    assert.same({ "a.c has 601 lines; look for the second noun in it" }, style.too_long(file("a.c", ("\n"):rep(601))))
    assert.same({}, style.too_long(all))
  end)

  it("start by saying what they are", function()
    assert.equal(1, #style.silent_starts(file("a.c", "#include <a.h>\n/* late */")))
    assert.equal(1, #style.silent_starts(file("a.lua", "local a = 1 -- late")))
    assert.same({}, style.silent_starts(file("a.mjs", "#!/usr/bin/env node\n// in time")))
    assert.same({}, style.silent_starts(all))
  end)

  it("are finished", function()
    assert.equal(1, #style.unfinished(file("a.c", "/* TO" .. "DO: more */")))
    assert.same({}, style.unfinished(all))
  end)
end)

describe("functions", function()
  it("bear the noun of their file", function()
    assert.same({ "core/base/buf.c exports make, which is not its noun" }, style.strangers {
      "build/libmw_base.a:buf.c.o:0000000000000010 T make",
      "build/libmw_base.a:buf.c.o:0000000000000020 T buf_append",
      "build/libmw_codec.a:number_read.c.o:0000000000000020 T number_parse",
      "build/libmw_codec.a:eio_packet.c.o:0000000000000020 T eio_payload_next",
    })
    local symbols = tree.lines_of("nm -A --defined-only --extern-only " .. archives)
    assert.truthy(#symbols > 100, "no symbols in " .. archives .. ": build first")
    assert.same({}, style.strangers(symbols))
  end)

  it("keep nothing between calls", function()
    assert.same({ "a.c keeps count between calls" }, style.mutable_state {
      "a.c.o:     file format elf64-x86-64",
      "0000000000000000 l     O .bss\t0000000000000008 count",
      "0000000000000000 l     O .rodata\t0000000000000008 table",
      "0000000000000000 l     O .data.rel.ro.local\t0000000000000060 names",
    })
    assert.same({}, style.mutable_state(tree.lines_of("objdump -t " .. archives)))
  end)

  it("call nothing that does not know its length", function()
    assert.same({ "a.c:2 calls strcpy" },
      style.unsafe_calls(file("a.c", '/* strcpy(a) */ "strcat(b)";\nstrcpy (a, b); my_sprintf(c);')))
    assert.same({}, style.unsafe_calls(production_c))
  end)

  it("are short", function()
    assert.same(
      { { path = "a.c", name = "g", lines = 3 }, { path = "a.c", name = "f", lines = 5 } },
      style.functions(file("a.c", "static int f(int a,\n   int b)\n{\n    return a;\n}\n\nvoid g(void)\n{\n}\n"))
    )
    local list = style.functions(production_c)
    local median, p90, longest = style.sizes(list)
    print(("%d functions: median %d lines, 90%% within %d, longest %d (%s in %s)"):format(
      #list, median, p90, longest.lines, longest.name, longest.path))
    assert.truthy(longest.lines <= style.FUNCTION_LINES, longest.name .. " in " .. longest.path)
    assert.truthy(median <= 15, "median " .. median)
  end)
end)

describe("the tools are content:", function()
  it("clang-format", function()
    assert.equal("", complaint "find core bindings spec -name '*.[ch]' | xargs clang-format --dry-run -Werror")
  end)

  it("luacheck", function()
    assert.equal("", complaint "luacheck --quiet --no-color bindings scripts spec tools")
  end)

  it("shellcheck", function()
    assert.equal("", complaint "shellcheck tools/setup tools/serve tools/test .ci/run")
  end)
end)
