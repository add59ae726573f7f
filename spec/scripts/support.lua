-- What the specs of the scripts share: values that no handler expects, and what a client heard.
-- Hostile input is one list, so that a kind of value found to hurt one script is tried on all.
-- It starts no server: each spec does, on the virtual clock of moonwire.test_server.

local mw = require "moonwire"

local support = {}

local function nested(depth)
  local value = {}
  for _ = 2, depth do value = { value } end
  return value
end

-- Every JSON type and the edges of each, and an attachment. `false` and nil-like values included.
function support.hostile()
  return {
    { "true", true }, { "false", false }, { "null", mw.null }, { "zero", 0 }, { "a negative", -1 },
    { "a fraction", 0.1 }, { "the greatest double", 1.7976931348623157e308 }, { "the smallest double", 5e-324 },
    { "the greatest integer", math.maxinteger }, { "the smallest integer", math.mininteger },
    { "no text", "" }, { "a text", "text" }, { "a long text", ("x"):rep(100000) },
    { "spaces", (" "):rep(100000) }, { "a zero byte", "a\0b" }, { "a terminal escape", "\27[2J" },
    { "unusual letters", "é😀\u{202E}\u{2028}" }, { "markup", "<script>alert(1)</script>" },
    { "a pattern", "%s*(.-)%s*%b()" }, { "an empty object", {} }, { "an empty array", mw.array({}) },
    { "an array", { 1, "two", false } }, { "an object", { x = 1 } }, { "null in an object", { keys = mw.null } },
    { "a deep array", nested(100) }, { "a method's name", "__index" }, { "binary", mw.binary("\0\255") },
  }
end

-- Objects whose every field `names` holds the hostile value, one object for each.
function support.hostile_objects(names)
  local objects = {}
  for _, case in ipairs(support.hostile()) do
    local object = {}
    for _, name in ipairs(names) do object[name] = case[2] end
    objects[#objects + 1] = { "an object of " .. case[1], object }
  end
  return objects
end

-- The arguments of each event of that name that the client got since it was asked last.
function support.heard(client, name)
  local all = {}
  for _, packet in ipairs(client:get_received()) do
    if packet.name == name then all[#all + 1] = packet.args end
  end
  return all
end

return support
