-- Where a parser stands in the tokens of a template: looks at the next one, takes it, or says what was expected.
-- The parsers of statements and of expressions share one, so that both complain in the same words.
-- It knows brackets and words, no grammar.

local lexer = require "moonwire.template_lexer"

local cursor = {}
cursor.__index = cursor

---@param name string for complaints
---@param text string
function cursor.new(name, text)
  local tokens, clean = lexer.scan(name, text)
  return setmetatable({ name = name, text = clean, tokens = tokens, at = 1 }, cursor)
end

function cursor:peek(ahead)
  return self.tokens[self.at + (ahead or 0)] or self.tokens[#self.tokens]
end

function cursor:next()
  local token = self:peek()
  self.at = self.at + 1
  return token
end

-- Is the next token this one? The value may be left out.
function cursor:is(kind, value)
  local token = self:peek()
  return token.kind == kind and (value == nil or token.value == value)
end

-- Takes the next token if it is this one.
function cursor:accept(kind, value)
  if self:is(kind, value) then
    return self:next()
  end
end

local function describe(token)
  if token.kind == "string" then return "a string" end
  if token.kind == "text" then return "text" end
  if token.kind == "end" then return token.value end
  return "'" .. tostring(token.value) .. "'"
end

-- Complains at the line of the next token, or of `line`.
function cursor:fail(message, line)
  lexer.fail(self.name, line or self:peek().line, message)
end

-- Takes the next token, which has to be this one; `what` says in words what belongs here.
function cursor:expect(kind, value, what)
  return self:accept(kind, value)
      or self:fail(("expected %s, found %s"):format(what or "'" .. (value or kind) .. "'", describe(self:peek())))
end

-- Complains that the next token does not belong here.
function cursor:unexpected(expected)
  self:fail(("expected %s, found %s"):format(expected, describe(self:peek())))
end

-- The text of the template from the token at index `first` up to the last one taken, for messages.
function cursor:source(first)
  local source = self.text:sub(self.tokens[first].from, self.tokens[self.at - 1].to)
  return (source:gsub("%s+", " "))
end

return cursor
