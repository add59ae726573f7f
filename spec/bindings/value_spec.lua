-- Lua values on their way to JSON and back: through a handler, and beside lua-cjson.

local support = require "spec.bindings.support"
local moonwire = require "moonwire"
local cjson = require "cjson"
local json = moonwire.json

local function nested(depth, inner)
  local value = inner
  for _ = 1, depth do value = { value } end
  return value
end

describe("a value", function()
  local server, ada

  before_each(function()
    server = support.serve [[
socketio.on("echo", function(...) return ... end)
socketio.on("emit", function(...) emit("back", mw.args(...)) end)]]
    ada = server:test_client()
  end)
  after_each(function() server:close() end)

  it("comes back through a handler as it went", function()
    local value = json.decode('{"n":1,"f":1.5,"big":9007199254740991,"s":"é😀\\u2028\\"\\\\","list":[],'
      .. '"nested":[[1,[2,{}]],{}],"none":null}')
    assert.equal("é😀\u{2028}\"\\", value.s)
    local back = ada:call("echo", value)
    assert.same(value, back)
    assert.equal("[]", json.encode(back.list))
    assert.equal("{}", json.encode(back.nested[2]))
    assert.equal(moonwire.null, back.none)
    assert.equal("integer", math.type(back.n))
    assert.equal("integer", math.type(back.big))
  end)

  it("may be binary anywhere, ten times", function()
    local binary = moonwire.binary
    local list = {}
    for i = 1, 10 do list[i] = { b = binary(string.char(i - 1):rep(i)) } end
    assert.same(list, ada:call("echo", list))
    ada:emit("emit", list, 7)
    assert.same({ list, 7 }, ada:get_received()[1].args)
  end)

  it("may have 128 levels", function()
    local value = nested(127, {})
    assert.same(value, ada:call("echo", value))
    ada:emit("emit", value)
    assert.same(value, ada:get_received()[1].args[1])
  end)

  it("is nil where null is a whole argument, and mw.null inside", function()
    local first, second = ada:call("echo", nil, { a = moonwire.null })
    assert.is_nil(first)
    assert.equal(cjson.null, second.a)
  end)
end)

-- 1..n, put in from the end on, so that the table's own order is another.
local function backwards(n)
  local list = {}
  for i = n, 1, -1 do list[i] = i end
  return list
end

-- 1..3 in a table's hash part, where they are met as 3, 1, 2.
local function hashed()
  local list = { a = 1, b = 1, c = 1, d = 1 }
  list.a, list.b, list.c, list.d = nil, nil, nil, nil
  list[1], list[2], list[3] = 1, 2, 3
  return list
end

describe("writing", function()
  local cases = {
    { "nil", nil, "null" },
    { "true", true, "true" },
    { "an integer", 42, "42" },
    { "the smallest integer", math.mininteger, "-9223372036854775808" },
    { "the largest integer", math.maxinteger, "9223372036854775807" },
    { "a float", 1.5, "1.5" },
    { "a whole float", 3.0, "3" },
    { "0.1", 0.1, "0.1" },
    { "a sum that is not 0.3", 0.1 + 0.2, "0.30000000000000004" },
    { "a third", 1 / 3, "0.3333333333333333" },
    { "a large float", 1e300, "1e+300" },
    { "the smallest float", 5e-324, "5e-324" },
    { "a string", 'a"b\\c\n\0', '"a\\"b\\\\c\\n\\u0000"' },
    { "text beyond ASCII", "é😀", '"é😀"' },
    { "the ends of lines of JavaScript", "\u{2028}\u{2029}", '"\\u2028\\u2029"' },
    { "a list", { 1, 2, 3 }, "[1,2,3]" },
    { "an empty table", {}, "{}" },
    { "a marked empty table", moonwire.array({}), "[]" },
    { "a marked table", moonwire.array({ 1 }), "[1]" },
    { "an object", { a = 1 }, '{"a":1}' },
    { "null", { moonwire.null }, "[null]" },
    { "cjson's null", { cjson.null }, "[null]" },
    { "integer keys that are no list", { [5] = 1 }, '{"5":1}' },
    { "a key of 0", { [0] = 1 }, '{"0":1}' },
    { "a float key", { [1.5] = 1 }, '{"1.5":1}' },
    { "a list in disorder", backwards(5), "[1,2,3,4,5]" },
    { "a marked list in disorder", moonwire.array(backwards(5)), "[1,2,3,4,5]" },
    { "a marked list that is scattered", moonwire.array(hashed()), "[1,2,3]" },
    { "128 levels", nested(127, {}), ("["):rep(127) .. "{}" .. ("]"):rep(127) },
  }
  for _, case in ipairs(cases) do
    it("gives " .. case[1], function()
      assert.equal(case[3], json.encode(case[2]))
    end)
  end

  it("gives a list with a name among its keys as an object", function()
    local value = cjson.decode(json.encode { 1, 2, name = "x" })
    assert.same({ ["1"] = 1, ["2"] = 2, name = "x" }, value)
  end)

  it("gives a list with a hole as an object", function()
    local t = { 1, 2, 3, 4 }
    t[2] = nil
    assert.same({ ["1"] = 1, ["3"] = 3, ["4"] = 4 }, cjson.decode(json.encode(t)))
  end)

  it("does not call metamethods", function()
    local t = setmetatable({ a = 1 }, { __index = function() error "index" end, __len = function() error "len" end,
      __pairs = function() error "pairs" end })
    assert.equal('{"a":1}', json.encode(t))
  end)

  it("of hundreds of kilobytes is the same, wherever it is cut", function()
    for _, text in ipairs { "aé€😀\1\"", "€\u{2028}", "x" } do
      for first = 0, 3 do
        local long = ("."):rep(first) .. text:rep(300000 // #text)
        assert.equal(long, json.decode(json.encode { long })[1])
        assert.equal(1, json.decode(json.encode { [long] = 1 })[long])
      end
    end
    local said = "is not valid UTF%-8"
    assert.error_matches(function() json.encode { ("é"):rep(100000) .. "\255" } end, said)
    assert.error_matches(function() json.encode { "." .. ("é"):rep(32767) .. "\195" .. ("."):rep(1e5) } end, said)
  end)

  it("starts again after a failure", function()
    assert.is_false(pcall(json.encode, { { print } }))
    assert.equal("[1]", json.encode { 1 })
  end)

  local cyclic = { players = { {}, {} } }
  cyclic.players[2].world = cyclic
  local wrong = {
    { "nan", { players = { {}, {}, { pos = { x = 0 / 0 } } } }, "value.players[3].pos.x is nan" },
    { "infinity", { 1 / 0 }, "value[1] is infinity" },
    { "minus infinity", { a = -1 / 0 }, "value.a is -infinity" },
    { "a function", { f = print }, "value.f is a function" },
    { "a coroutine", { coroutine.create(print) }, "value[1] is a coroutine" },
    { "a userdata", { io.stdout }, "value[1] is a userdata" },
    { "invalid UTF-8", { ["a b"] = "\255" }, 'value["a b"] is not valid UTF-8 (bytes go as mw.binary)' },
    { "a nan under a long key", { [("é"):rep(100)] = 0 / 0 }, 'value["' .. ("é"):rep(20) .. '"] is nan' },
    { "a nan under a key cut in a character", { ["x" .. ("é"):rep(100)] = 0 / 0 },
      'value["x' .. ("é"):rep(19) .. '"] is nan' },
    { "an invalid key", { a = { ["\255"] = 1 } }, "value.a has a key that is not valid UTF-8" },
    { "a boolean key", { a = { [true] = 1 } }, "value.a has a boolean for a key" },
    { "a table for a key", { [{}] = 1 }, "value has a key that is neither a string nor a number" },
    { "an infinite key", { [1 / 0] = 1 }, "value has an infinite number for a key" },
    { "a cycle", cyclic, "value.players[2].world contains itself" },
    { "129 levels", nested(128, {}), "value" .. ("[1]"):rep(128) .. " is nested deeper than 128 levels" },
    { "an array with a name", moonwire.array({ 1, x = 2 }),
      "value is an array, but has a key that is not one of 1..n" },
    { "an empty array with a name", { a = moonwire.array({ x = 2 }) },
      "value.a is an array, but has a key that is not one of 1..n" },
    { "binary where it cannot go", { moonwire.binary("x") }, "value[1] is binary, which cannot go here" },
    { "a function itself", print, "value is a function" },
  }
  for _, case in ipairs(wrong) do
    it("refuses " .. case[1] .. ", naming the path", function()
      local ok, err = pcall(json.encode, case[2])
      assert.is_false(ok)
      assert.equal(case[3], err)
    end)
  end

  it("counts the binary values of what it took for a list at first once", function()
    local server = support.serve [[
socketio.on("go", function()
  local value = { name = "x" }
  for i = 1, 6 do value[i] = mw.binary("x") end
  return value
end)]]
    local value = server:test_client():call "go"
    assert.equal(moonwire.binary("x"), value["6"])
    server:close()
  end)

  it("refuses an eleventh binary value", function()
    local server = support.serve [[
socketio.on("go", function()
  local list = {} for i = 1, 11 do list[i] = mw.binary("x") end
  print(pcall(emit, "x", { list = list }))
end)]]
    server:test_client():emit "go"
    assert.matches("args[1].list[11] is one binary value more than the 10 that a message may have", server:log(), 1,
      true)
    server:close()
  end)
end)

describe("reading", function()
  it("keeps integers, as far as they fit", function()
    assert.equal("integer", math.type(json.decode "9223372036854775807"))
    assert.equal("float", math.type(json.decode "9223372036854775808"))
    assert.equal("float", math.type(json.decode "1.0"))
    assert.equal("float", math.type(json.decode "1e2"))
  end)

  it("marks arrays, so that they come back as they are, whatever happens to them", function()
    local list = json.decode "[1,2]"
    table.remove(list)
    table.remove(list)
    assert.equal("[]", json.encode(list))
    assert.equal("[[],{}]", json.encode(json.decode "[[],{}]"))
  end)

  it("takes the last of keys that come twice", function()
    assert.same({ a = 2 }, json.decode '{"a":1,"a":2}')
  end)

  it("takes tables of any size, also after smaller and larger ones", function()
    for _, size in ipairs { 0, 1, 3, 200, 2, 5000, 1 } do
      local list, object = {}, {}
      for i = 1, size do list[i], object["k" .. i] = i, i end
      local text = cjson.encode { list = size > 0 and list or cjson.null, object = object, size = size }
      assert.same(cjson.decode(text), json.decode(text))
    end
  end)

  for _, text in ipairs { "", " ", "{", "[1,]", '{"a"}', "nul", "01", "1 2", '"\255"', '"\\ud800', "[1}", "NaN", "'a'",
    ("["):rep(200) .. ("]"):rep(200) } do
    it(("refuses %q, and says where"):format(text:sub(1, 20)), function()
      local ok, err = pcall(json.decode, text)
      assert.is_false(ok)
      assert.matches(" at byte %d+$", err)
    end)
  end
end)

describe("beside lua-cjson", function()
  local random = math.random

  local function random_text()
    local parts = {}
    for i = 1, random(0, 12) do
      parts[i] = utf8.char(random(3) == 1 and random(0xe000, 0x10ffff) or random(0, 0x7f))
    end
    return table.concat(parts)
  end

  -- What both can do: no empty tables, no integers beyond 2^53, doubles of up to 14 digits.
  local function random_value(depth)
    local kind = random(depth > 0 and 7 or 5)
    if kind == 1 then return random(-2 ^ 40 // 1 | 0, 2 ^ 40 // 1 | 0) end
    if kind == 2 then return random(-999999, 999999) / 1000 end
    if kind == 3 then return random_text() end
    if kind == 4 then return random(2) == 1 end
    if kind == 5 then return cjson.null end
    local value = {}
    for i = 1, random(1, 6) do value[kind == 6 and i or "k" .. random_text()] = random_value(depth - 1) end
    return value
  end

  it("it writes what cjson reads, and reads what cjson writes", function()
    math.randomseed(7)
    for _ = 1, 2000 do
      local value = { random_value(4) }
      assert.same(value, cjson.decode(json.encode(value)))
      assert.same(value, json.decode(cjson.encode(value)))
      assert.same(value, json.decode(json.encode(value)))
    end
  end)

  it("every double comes back exactly, which cjson's do not", function()
    math.randomseed(8)
    for _ = 1, 20000 do
      local double = string.unpack("d", string.pack("I8", random(0)))
      if double == double and double ~= 1 / 0 and double ~= -1 / 0 then
        local back = json.decode(json.encode(double))
        if back ~= double then assert.equal(("%a"):format(double), ("%a"):format(back)) end
      end
    end
    assert.not_equal(1 / 3, cjson.decode(cjson.encode(1 / 3)))
  end)
end)

describe("the marks", function()
  local function run(code)
    local server = support.serve(('socketio.on("go", function(...) %s end)'):format(code))
    local values = table.pack(server:test_client():call "go")
    server:close()
    return table.unpack(values, 1, values.n)
  end

  it("mw.array marks a table and returns it; without one it makes one", function()
    assert.same({ true, true }, { run [[local t = {} return mw.array(t) == t, type(mw.array()) == "table"]] })
  end)

  it("mw.null is cjson.null", function()
    assert.is_true((run [[return mw.null == require("cjson").null]]))
  end)

  it("mw.binary has bytes, a length, and equals its like", function()
    assert.same({ "\0x", 2, true, false, false }, { run [[
      local b = mw.binary("\0x")
      return tostring(b), #b, b == mw.binary("\0x"), b == mw.binary("\0y"), b == mw.binary("") ]] })
  end)

  it("mw.is_binary tells it from everything else", function()
    assert.same({ true, false, false, false, false }, { run [[
      local is = mw.is_binary
      return is(mw.binary("")), is("x"), is(nil), is(io.stdout), is({})]] })
  end)

  it("mw.args holds nil; as one argument among others it is data like any table", function()
    assert.equal(3, (run [[return mw.args(1, nil, nil).n]]))
  end)

  it("their mistakes are raised", function()
    for code, text in pairs {
      ["mw.array(1)"] = "mw.array wants a table, not the number 1",
      ["mw.array(nil)"] = "mw.array wants a table, not nil",
      ["mw.binary(1)"] = "what mw.binary takes must be a string, not the number 1",
    } do
      local ok, err = support.try(code)
      assert.is_false(ok)
      assert.matches(":2: " .. text, err)
    end
  end)
end)
