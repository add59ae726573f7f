-- Reads the tree that the specs beside it judge.
-- A source is a table of its path and its text, so that a rule can be shown broken sources that
-- exist nowhere. It decides nothing.
local tree = {}

---@class source
---@field path string from the root of the repository
---@field text string

---@return string[] the output's lines
function tree.lines_of(command)
  local pipe = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  pipe:close()
  return lines
end

---@param folders string
---@param names string[] shell patterns
---@return source[] sorted by path
function tree.sources(folders, names)
  local tests = {}
  for i, name in ipairs(names) do
    tests[i] = ("-name '%s'"):format(name)
  end
  local command = ("find %s -type f \\( %s \\) | sort"):format(folders, table.concat(tests, " -o "))
  local sources = {}
  for i, path in ipairs(tree.lines_of(command)) do
    sources[i] = { path = path, text = tree.read(path) }
  end
  assert(#sources > 0, "no sources in " .. folders .. ": run this from the root of the repository")
  return sources
end

---@return string? text nil if there is no such file
function tree.find(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

function tree.read(path)
  return assert(tree.find(path), "no file " .. path)
end

---@return string text C with blanks for comments and for the insides of literals; lines keep their numbers
function tree.bare(text)
  local out, at = {}, 1
  while true do
    local from = text:find('[/"\']', at)
    if not from then
      out[#out + 1] = text:sub(at)
      return table.concat(out)
    end
    out[#out + 1] = text:sub(at, from - 1)
    local two = text:sub(from, from + 1)
    local stop
    if two == "/*" then
      stop = select(2, text:find("*/", from + 2, true))
    elseif two == "//" then
      stop = (text:find("\n", from, true) or #text + 1) - 1
    elseif two:sub(1, 1) ~= "/" then
      stop = from + 1
      while text:sub(stop, stop) ~= two:sub(1, 1) do
        stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
      end
    else
      stop = from
    end
    local piece = text:sub(from, stop)
    out[#out + 1] = stop == from and piece or piece:gsub("[^\n]", " ")
    at = stop + 1
  end
end

---@return string line number of a position
function tree.line(text, position)
  local _, count = text:sub(1, position - 1):gsub("\n", "")
  return tostring(count + 1)
end

return tree
