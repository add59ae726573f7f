-- Cuts the text of a template into tokens: the text between the tags, and the words within them.
-- Apart from the parser, so that white-space control and `raw` are settled before any grammar is looked at.
-- It knows no tag and no filter by name, but for `raw`.

local lexer = {}

local OPENERS = { ["{{"] = "}}", ["{%"] = "%}", ["{#"] = "#}" }
-- Longest first: `**` before `*`, `==` before `=`.
local OPERATORS = { "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ",", ":",
  "|", "(", ")", "[", "]", "{", "}" }
local OPENING = { ["("] = ")", ["["] = "]", ["{"] = "}" }
local CLOSING = { [")"] = true, ["]"] = true, ["}"] = true }
-- What JavaScript's signs are here.
local FOREIGN = { ["&"] = "and", ["!"] = "not", ["?"] = "yes if condition else no" }
local ESCAPES = { n = "\n", t = "\t", r = "\r", ["\\"] = "\\", ["'"] = "'", ['"'] = '"' }

-- Raises "templates/chat.html:12: what" as every complaint about a template does.
---@param name string
---@param line integer
---@param message string
function lexer.fail(name, line, message)
  error(("%s:%d: %s"):format(name, line, message), 0)
end

local function count_newlines(text)
  local _, count = text:gsub("\n", "")
  return count
end

local function push(state, kind, value, from, to)
  state.tokens[#state.tokens + 1] = { kind = kind, value = value, line = state.line, from = from, to = to }
end

-- Text is cut at its end by `{%-`, and at its start by the `-%}` before it.
local function push_text(state, from, to, trim_end)
  local text = state.text:sub(from, to)
  local kept = text
  if state.trim_start then kept = kept:gsub("^%s+", "") end
  if trim_end then kept = kept:gsub("%s+$", "") end
  if kept ~= "" then
    push(state, "text", kept)
  end
  state.line = state.line + count_newlines(text)
  state.trim_start = false
end

local function scan_string(state, at)
  local quote = state.text:sub(at, at)
  local parts, from = {}, at + 1
  while true do
    local stop = state.text:find("[\\" .. quote .. "]", from)
    if not stop then
      lexer.fail(state.name, state.line, "a string is not closed: " .. quote .. " is missing")
    end
    parts[#parts + 1] = state.text:sub(from, stop - 1)
    if state.text:sub(stop, stop) == quote then
      push(state, "string", table.concat(parts), at, stop)
      state.line = state.line + count_newlines(state.text:sub(at, stop))
      return stop + 1
    end
    local escaped = state.text:sub(stop + 1, stop + 1)
    parts[#parts + 1] = ESCAPES[escaped] or "\\" .. escaped
    from = stop + 2
  end
end

local function scan_number(state, at)
  local digits = state.text:match("^[%d_]+", at)
  local fraction = state.text:match("^%.%d+", at + #digits) or ""
  local exponent = state.text:match("^[eE][+-]?%d+", at + #digits + #fraction) or ""
  local to = at + #digits + #fraction + #exponent - 1
  local value = tonumber(((digits .. fraction .. exponent):gsub("_", "")))
  if not value or state.text:find("^[%a_]", to + 1) then
    lexer.fail(state.name, state.line, ("'%s' is no number"):format(state.text:match("^[%w_.]+", at)))
  end
  push(state, "number", value, at, to)
  return to + 1
end

local function scan_operator(state, at, depth)
  for _, operator in ipairs(OPERATORS) do
    if state.text:sub(at, at + #operator - 1) == operator then
      push(state, "operator", operator, at, at + #operator - 1)
      if OPENING[operator] then return at + #operator, depth + 1 end
      return at + #operator, CLOSING[operator] and depth - 1 or depth
    end
  end
  local character = state.text:match("^[%z\1-\127\194-\244][\128-\191]*", at) or "?"
  local instead = FOREIGN[character] and "; write " .. FOREIGN[character] or ""
  lexer.fail(state.name, state.line, ("'%s' has no meaning in a tag%s"):format(character, instead))
end

-- The words of one tag, up to its closing bracket; `}}` closes only outside of { }.
local function scan_tag(state, at, closer)
  local depth, opened_at = 0, state.line
  while true do
    local space = state.text:match("^%s+", at)
    if space then
      state.line = state.line + count_newlines(space)
      at = at + #space
    end
    if at > #state.text then
      lexer.fail(state.name, opened_at, "a tag is opened and never closed: " .. closer .. " is missing")
    end
    local sign = state.text:match("^[-+]", at) or ""
    if depth <= 0 and state.text:sub(at + #sign, at + #sign + 1) == closer then
      push(state, closer, closer, at, at + #sign + 1)
      state.trim_start = sign == "-"
      return at + #sign + 2
    end
    local name = state.text:match("^[%a_][%w_]*", at)
    if name then
      push(state, "name", name, at, at + #name - 1)
      at = at + #name
    elseif state.text:find("^['\"]", at) then
      at = scan_string(state, at)
    elseif state.text:find("^%d", at) then
      at = scan_number(state, at)
    else
      at, depth = scan_operator(state, at, depth)
    end
  end
end

local function scan_comment(state, at)
  local stop = state.text:find("#}", at, true)
  if not stop then
    lexer.fail(state.name, state.line, "a comment is opened and never closed: #} is missing")
  end
  state.trim_start = state.text:sub(stop - 1, stop - 1) == "-"
  state.line = state.line + count_newlines(state.text:sub(at, stop))
  return stop + 2
end

-- What stands between {% raw %} and {% endraw %} is text, whatever it looks like. Nil if `at` is no raw tag.
local function scan_raw(state, at)
  local trim, body_at = state.text:match("^%s*raw%s*([-+]?)%%}()", at)
  if not body_at then
    return nil
  end
  local stop, before, after, next_at = state.text:match("()%{%%([-+]?)%s*endraw%s*([-+]?)%%%}()", body_at)
  if not stop then
    lexer.fail(state.name, state.line, "{% raw %} is never closed: {% endraw %} is missing")
  end
  state.line = state.line + count_newlines(state.text:sub(at, body_at - 1))
  state.trim_start = trim == "-"
  push_text(state, body_at, stop - 1, before == "-")
  state.line = state.line + count_newlines(state.text:sub(stop, next_at - 1))
  state.trim_start = after == "-"
  return next_at
end

-- One tag, from its opening bracket; returns where the text goes on.
local function scan_opened(state, at)
  local opener = state.text:sub(at, at + 1)
  local inner = at + 2 + #(state.text:match("^[-+]", at + 2) or "")
  if opener == "{#" then
    return scan_comment(state, at + 2)
  end
  local after_raw = opener == "{%" and scan_raw(state, inner)
  if after_raw then
    return after_raw
  end
  push(state, opener, opener, at, inner - 1)
  return scan_tag(state, inner, OPENERS[opener])
end

-- The tokens of a template, in order: { kind =, value =, line =, from =, to = }, the last of kind "end".
-- Kinds: text, name, string, number, operator, and the brackets {{ }} {% %}. `name` is for complaints. One newline
-- at the end is dropped, as Jinja does.
---@param name string
---@param text string
---@return table[]
function lexer.scan(name, text)
  text = text:gsub("\r\n?", "\n"):gsub("\n$", "", 1)
  local state = { name = name, text = text, line = 1, tokens = {}, trim_start = false }
  local at = 1
  while true do
    local opener = text:find("{[{%%#]", at)
    if not opener then break end
    push_text(state, at, opener - 1, text:sub(opener + 2, opener + 2) == "-")
    at = scan_opened(state, opener)
  end
  push_text(state, at, #text, false)
  push(state, "end", "the end of the template", #text + 1, #text)
  return state.tokens, text
end

return lexer
