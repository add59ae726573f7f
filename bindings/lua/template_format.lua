-- Formatting of text as Python does it: "%s has %d" % (name, n), and "{} has {:.1f}".format(name, x).
-- Apart from the filters, because the operator % needs it too.
-- It knows the conversions that pages use, and neither fields ({0.name}) nor places within places ({:{width}}).

local value = require "moonwire.template_value"

local formats = {}

local complain = value.complain

-- A spec is { align =, fill =, sign =, width =, comma =, precision =, kind = }, each but `sign` maybe nil.

local function pad(text, spec, align)
  local missing = (spec.width or 0) - #value.characters(text)
  if missing <= 0 then return text end
  align = spec.align or align
  local left = align == ">" and missing or align == "^" and missing // 2 or 0
  local fill = spec.fill or " "
  return fill:rep(left) .. text .. fill:rep(missing - left)
end

local function group(digits)
  local whole, rest = digits:match("^(%d+)(.*)$")
  return whole:reverse():gsub("%d%d%d", "%0,"):reverse():gsub("^,", "") .. rest
end

local function digits_of(n, spec)
  local kind = spec.kind
  if n == math.huge or n ~= n then return tostring(n) end
  if kind == "%" then return ("%." .. (spec.precision or 6) .. "f%%"):format(n * 100) end
  if kind and kind:find("[dxXo]") then return ("%" .. kind):format(n // 1 | 0) end
  if kind then return ("%." .. (spec.precision or 6) .. kind):format(n) end
  return spec.precision and ("%." .. spec.precision .. "g"):format(n) or tostring(n)
end

local function format_number(n, spec)
  local sign, digits = n < 0 and "-" or spec.sign, digits_of(math.abs(n), spec)
  if spec.comma and digits:find("^%d") then digits = group(digits) end
  if spec.align == "=" then
    local missing = (spec.width or 0) - #sign - #digits
    return sign .. (spec.fill or " "):rep(math.max(0, missing)) .. digits
  end
  return pad(sign .. digits, spec, ">")
end

local function format_text(text, spec)
  if spec.precision then
    local characters = value.characters(text)
    text = table.concat(characters, "", 1, math.min(spec.precision, #characters))
  end
  return pad(text, spec, "<")
end

-- The text of one value; `source` is the place as the page has it, `shown` makes text of what is no number.
local function format_value(v, spec, source, shown)
  local kind = spec.kind
  if kind == "s" or not kind and type(v) ~= "number" then return format_text(shown(v), spec) end
  if type(v) ~= "number" then complain("'%s' wants a number, not %s", source, value.describe(v)) end
  return format_number(v, spec)
end

-- Safe text stays safe: what is put into it is escaped.
local function settle(pattern, text)
  return value.is_safe(pattern) and value.safe(text) or text
end

local function shown_in(pattern)
  return value.is_safe(pattern) and value.show or value.text
end

local SAME_KINDS = { r = "s", i = "d" }

local function parse_percent(flags, width, precision, kind)
  return { align = flags:find("-", 1, true) and "<" or flags:find("0", 1, true) and kind ~= "s" and "=" or ">",
    fill = flags:find("0", 1, true) and not flags:find("-", 1, true) and kind ~= "s" and "0" or nil,
    sign = flags:find("+", 1, true) and "+" or flags:find(" ", 1, true) and " " or "",
    width = tonumber(width), precision = tonumber(precision:sub(2)) or precision ~= "" and 0 or nil, kind = kind }
end

-- "%s has %d": `given` is a list with its length in n.
function formats.percent(pattern, given)
  local used, shown = 0, shown_in(pattern)
  local text = value.text(pattern):gsub("%%([-+ #0]*)(%d*)(%.?%d?%d?)(.?)", function(flags, width, precision, kind)
    local source = "%" .. flags .. width .. precision .. kind
    if kind == "%" then return "%" end
    if not kind:find("^[srdifFeEgGxXo]$") then complain("format does not know '%s'", source) end
    used = used + 1
    local spec = parse_percent(flags, width, precision, SAME_KINDS[kind] or kind)
    return format_value(given[used], spec, source, shown)
  end)
  if used ~= given.n then
    complain("'%s' has places for %d values, not for %d", value.text(pattern), used, given.n)
  end
  return settle(pattern, text)
end

-- What stands behind the ":" of a place: [[fill]align][sign][0][width][,][.precision][kind].
local function parse_spec(text, source)
  local fill, align, rest = text:match("^(" .. utf8.charpattern .. ")([<>=^])(.*)$")
  if not fill then align, rest = text:match("^([<>=^]?)(.*)$") end
  local sign, zero, width, comma, precision, kind = rest:match("^([-+ ]?)(0?)(%d*)(,?)(%.?%d?%d?)([sdfFeEgGxXo%%]?)$")
  if not sign or precision == "." then complain("format does not know '%s'", source) end
  if zero ~= "" and align == "" then fill, align = "0", "=" end
  return { align = align ~= "" and align or nil, fill = fill, sign = sign == "-" and "" or sign,
    width = tonumber(width), comma = comma ~= "", precision = tonumber(precision:sub(2)),
    kind = kind ~= "" and kind or nil }
end

-- The value of {}, {0} or {name}. Those with a name come as a table behind the others.
local function pick(name, given, automatic, source)
  local v
  if name:find("^%d*$") then
    v = given[name == "" and automatic or name + 1]
  elseif type(given[given.n]) == "table" then
    v = given[given.n][name]
  end
  if v == nil then complain("format has no value for '%s'", source) end
  return v
end

-- "{} has {:.1f}", "{0} {name}", with {{ and }} for the brackets themselves.
function formats.braces(pattern, given)
  local text, parts, from, automatic = value.text(pattern), {}, 1, 0
  local at = text:find("[{}]")
  while at do
    parts[#parts + 1] = text:sub(from, at - 1)
    local name, colon, spec, next_at = text:match("^{([%w_]*)(:?)([^{}]*)}()", at)
    if text:sub(at, at + 1):find("^{{$") or text:sub(at, at + 1):find("^}}$") then
      parts[#parts + 1], from = text:sub(at, at), at + 2
    elseif name and (colon ~= "" or spec == "") then
      local source = text:sub(at, next_at - 1)
      if name == "" then automatic = automatic + 1 end
      local v = pick(name, given, automatic, source)
      parts[#parts + 1], from = format_value(v, parse_spec(spec, source), source, shown_in(pattern)), next_at
    else
      complain("format cannot read '%s': a place is {}, {0}, {name} or {:.2f}", text:sub(at))
    end
    at = text:find("[{}]", from)
  end
  return settle(pattern, table.concat(parts) .. text:sub(from))
end

return formats
