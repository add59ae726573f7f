-- The README's walk leads through files and functions that exist.
-- A name in backquotes with a slash or a known ending is a file of the tree, one with parentheses
-- or in snake_case is a name in the C sources. It does not judge the sentences between them.
local tree = require "spec.arch.tree"

local roots = { "", "core/base/", "core/codec/", "core/server/", "core/net/", "bindings/" }
local endings = {}
for ending in ("c h lua html js mjs css md png"):gmatch "%a+" do
  endings[ending] = true
end

local function exists(path)
  for _, root in ipairs(roots) do
    if os.rename(root .. path, root .. path) then -- a folder, too
      return true
    end
  end
  return false
end

---@param text string Markdown
---@param words table<string, boolean> every identifier of the C sources
---@return string[] what is named and does not exist
local function missing(text, words)
  local found = {}
  local prose = text:gsub("```.-```", "")
  for name in prose:gmatch "`([%w_/.%-]+)[^`]*`" do
    local is_file = name:find "^[%w_.%-]+/" or endings[name:match "%.(%w+)$" or ""]
    if is_file and not exists(name:gsub("/$", "")) then
      found[#found + 1] = name
    end
  end
  for name in prose:gmatch "`([%l%d_]+)%(?%)?`" do
    if name:find "_" and not words[name] and not exists(name .. ".h") then
      found[#found + 1] = name
    end
  end
  for path in prose:gmatch "%]%(([%w_/.%-]+)[^)]*%)" do
    if not exists(path) then
      found[#found + 1] = path
    end
  end
  return found
end

local function words_of(sources)
  local words = {}
  for _, source in ipairs(sources) do
    for word in tree.bare(source.text):gmatch "[%a_][%w_]*" do
      words[word] = true
    end
  end
  return words
end

describe("the README", function()
  local words = words_of(tree.sources("core bindings", { "*.c", "*.h" }))

  it("would be caught naming what is not there", function()
    local text = "`core/base/buf.h` `core/base/nothing.c` `buf_append()` `no_such_function` ![a](docs/none.png)"
    assert.same({ "core/base/nothing.c", "no_such_function", "docs/none.png" }, missing(text, words))
  end)

  it("names files and functions that exist", function()
    assert.same({}, missing(tree.read "README.md", words))
  end)

  it("and the internals, too", function()
    assert.same({}, missing(tree.read "docs/internals.md", words))
  end)

  it("tells the two commands", function()
    local text = tree.read "README.md"
    for _, command in ipairs { "tools/serve", "tools/test" } do
      assert.truthy(text:find(command, 1, true), command)
    end
  end)
end)
