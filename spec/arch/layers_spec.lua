-- The house stands as drawn: no include points upward, the fences hold, and one file enters Lua.
-- Every rule is shown broken sources first, since a rule that finds nothing anywhere is no rule.
local layers = require "spec.arch.layers"
local tree = require "spec.arch.tree"

local sources = tree.sources("core bindings", { "*.c", "*.h" })

local function file(path, text)
  return { { path = path, text = text } }
end

describe("includes", function()
  it("point downwards", function()
    assert.same({ "core/codec/a.c:2 must not see core/server/b.h" },
      layers.arrows_upward(file("core/codec/a.c", '#include "core/base/c.h"\n#include "core/server/b.h"\n')))
    assert.same({ "core/server/a.c:1 must not see bindings/b.h" },
      layers.arrows_upward(file("core/server/a.c", '#include "bindings/b.h"\n')))
    assert.same({ "bindings/a.c:1 must not see core/net/b.h" },
      layers.arrows_upward(file("bindings/a.c", '#include "core/net/b.h"\n')))
    assert.same({ "core/net/a.c:1 must not see b.h" }, layers.arrows_upward(file("core/net/a.c", '#include "b.h"\n')))
    assert.same({}, layers.arrows_upward(file("bindings/main.c", '#include "core/net/b.h"\n')))
    assert.same({}, layers.arrows_upward(sources))
  end)

  it("have no cycle", function()
    local cycle = {
      { path = "core/base/a.h", text = '#include "core/base/b.h"\n' },
      { path = "core/base/b.h", text = '#include "core/base/c.h"\n' },
      { path = "core/base/c.h", text = '#include "core/base/a.h"\n' },
    }
    assert.same({ "core/base/a.h -> core/base/b.h -> core/base/c.h -> core/base/a.h" }, layers.cycles(cycle))
    assert.same({}, layers.cycles(sources))
  end)

  it("respect the fences", function()
    assert.same({ "core/server/a.c:1 must not see <lua.h>" },
      layers.fences_crossed(file("core/server/a.c", "#include <lua.h>\n")))
    assert.same({ "bindings/a.c:1 must not see <libwebsockets.h>" },
      layers.fences_crossed(file("bindings/a.c", "#include <libwebsockets.h>\n")))
    assert.same({}, layers.fences_crossed(sources))
  end)
end)

describe("the clock", function()
  it("is read at the edge only", function()
    assert.same({ "core/server/a.c:2 must be told the time, not call clock_now_ns" },
      layers.clock_readers(file("core/server/a.c", "/* clock_now_ns() */\nint64_t t = clock_now_ns();\n")))
    assert.same({ "core/codec/a.c:1 must be told the time, not call time" },
      layers.clock_readers(file("core/codec/a.c", "seed = time (NULL) + run_time();\n")))
    assert.same({}, layers.clock_readers(sources))
  end)
end)

describe("Lua", function()
  local bindings = tree.sources("bindings", { "*.c", "*.h" })

  it("is entered by one file", function()
    local stranger = file("bindings/a.c", "if (lua_pcall (L, 0, 0, 0))\n")
    assert.same({ "bindings/a.c" }, layers.callers(stranger, "lua_pcall", "lua_pcallk"))
    assert.same({ "bindings/invoke.c" }, layers.callers(bindings, "lua_pcall", "lua_pcallk", "luaL_dofile"))
    assert.same({ "bindings/compat.h" }, layers.callers(bindings, "lua_resume"))
    assert.same({ "bindings/compat.h", "bindings/invoke.c" }, layers.callers(bindings, "compat_resume"))
  end)

  it("has its references freed where they are taken", function()
    assert.same({ "bindings/a" }, layers.reference_strangers {
      { path = "bindings/a.c", text = "ref = luaL_ref(L, t);" },
      { path = "bindings/b.c", text = "ref = luaL_ref(L, t);" },
      { path = "bindings/b.h", text = "luaL_unref(L, t, ref);" },
    })
    -- The marks' metatables live as long as the VM.
    assert.same({ "bindings/value_mark" }, layers.reference_strangers(bindings))
  end)
end)
