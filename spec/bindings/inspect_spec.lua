-- How the console shows Lua values: readable, bounded, and harmless to a terminal.
-- Which names and chunks it knows is tested with the program, in spec/clients/console.test.mjs.

local moonwire = require "moonwire"
local inspect = require "moonwire.inspect"

local function nested(depth)
  return depth == 0 and {} or { nested(depth - 1) }
end

describe("a value is shown", function()
  local cycle = {}
  cycle.self = cycle
  local twice = { 1 }

  -- what, value, text
  local cases = {
    { "nil", nil, "nil" },
    { "a boolean", true, "true" },
    { "an integer", 3, "3" },
    { "a float", 3.0, "3.0" },
    { "a string in quotes", 'say "hi"\n', [["say \"hi\"\n"]] },
    { "a string of UTF-8 as it is", "naïve ✓", '"naïve ✓"' },
    { "other bytes escaped", "\xff\xfe\xc3", '"\\xff\\xfe\\xc3"' },
    { "what steers a terminal escaped", "\27[31m\0\127\194\155x", '"\\x1b[31m\\x00\\x7f\\xc2\\x9bx"' },
    { "a list", { 1, 2, "a" }, '{ 1, 2, "a" }' },
    { "fields sorted", { b = 1, a = 2, [3] = "x" }, '{ [3] = "x", a = 2, b = 1 }' },
    { "keys that are no names", { ["end"] = 1, ["a b"] = 2, [true] = 3 }, '{ [true] = 3, ["a b"] = 2, ["end"] = 1 }' },
    { "an empty table", {}, "{}" },
    { "an empty array", moonwire.array {}, "array {}" },
    { "an array", moonwire.array { 1 }, "{ 1 }" },
    { "null", { moonwire.null }, "{ null }" },
    { "binary", moonwire.binary "a\0b", 'binary(3) "a\\x00b"' },
    { "a cycle", cycle, "{ self = <cycle> }" },
    { "a table that comes twice", { twice, twice }, "{ { 1 }, { 1 } }" },
    { "a C function", print, "function: C" },
    { "what __tostring says", setmetatable({}, { __tostring = function() return "me\27" end }), "me\\x1b" },
    { "a table whose __tostring fails", setmetatable({ a = 1 }, { __tostring = error }), "{ a = 1 }" },
    { "the name of a class", setmetatable({ x = 1 }, { __name = "Point" }), "Point { x = 1 }" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function() assert.equal(case[3], inspect(case[2])) end)
  end

  it("a function by its place", function()
    assert.matches("^function: .*inspect_spec%.lua:%d+$", inspect(function() end))
  end)

  it("over lines if it is wide", function()
    local value = { name = ("x"):rep(60), list = { ("y"):rep(60), 1 } }
    assert.equal(table.concat({
      "{",
      '  list = { "' .. ("y"):rep(60) .. '", 1 },',
      '  name = "' .. ("x"):rep(60) .. '"',
      "}",
    }, "\n"), inspect(value))
  end)

  it("to a depth", function()
    assert.equal("{ { { { { {…} } } } } }", inspect(nested(9)))
  end)

  it("to a number of items", function()
    local list = {}
    for i = 1, 250 do list[i] = i end
    assert.matches("100,\n  … 150 more\n}$", inspect(list))
    local fields = {}
    for i = 1, 20000 do fields["k" .. i] = i end
    assert.matches("… 19900 more\n}$", inspect(fields))
  end)

  it("to a length, cut between characters", function()
    assert.equal(('"%s…" (6000 bytes)'):format(("é"):rep(1000)), inspect(("é"):rep(3000)))
    assert.equal(('"a%s…" (6001 bytes)'):format(("é"):rep(999)), inspect("a" .. ("é"):rep(3000)))
    local huge = {}
    for i = 1, 100 do
      huge[i] = {}
      for j = 1, 100 do huge[i][j] = ("z"):rep(1000) end
    end
    assert.is_true(#inspect(huge) < 300000)
  end)

  it("without running a metamethod but __tostring", function()
    local armed = setmetatable({ a = 1 }, { __index = error, __newindex = error, __len = error, __pairs = error })
    assert.equal("{ a = 1 }", inspect(armed))
  end)
end)
