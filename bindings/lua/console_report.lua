-- The commands of the console that begin with a dot: what the server holds, in columns.
-- The figures come from console_native; `.reload` is not here, as it cannot run inside of what it replaces.

local native = require "moonwire.console_native"

local ROWS = 200                                         -- of one answer

local report = {}

-- Laying out.

-- What comes from clients goes to a terminal.
local function clean(value)
  return (tostring(value):gsub("[%c\x7f]", "?"))
end

local function width_of(text)
  return utf8.len(text) or #text
end

local function widths_of(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, width_of(cell)) end
  end
  return widths
end

-- Rows of texts as lines, the first row being the headings.
local function columns(rows)
  local lines = {}
  local left = #rows - 1 - ROWS
  for i, row in ipairs(rows) do
    rows[i] = i <= ROWS + 1 and row or nil
    for j, cell in ipairs(row) do row[j] = clean(cell) end
  end
  local widths = widths_of(rows)
  for i, row in ipairs(rows) do
    local cells = {}
    for j, cell in ipairs(row) do cells[j] = cell .. (" "):rep(widths[j] - width_of(cell)) end
    lines[i] = (table.concat(cells, "  "):gsub(" +$", ""))
  end
  if left > 0 then lines[#lines + 1] = ("… %d more; .clients TEXT and .rooms TEXT choose"):format(left) end
  return table.concat(lines, "\n")
end

local function count(n, what)
  return ("%d %s%s"):format(n, what, n == 1 and "" or "s")
end

local function duration(seconds)
  if seconds < 120 then return ("%d s"):format(seconds // 1) end
  if seconds < 7200 then return ("%d min"):format(seconds // 60) end
  if seconds < 172800 then return ("%d h"):format(seconds // 3600) end
  return ("%d days"):format(seconds // 86400)
end

local function milliseconds(seconds)
  return ("%.3f ms"):format(seconds * 1000)
end

local function bytes(n)
  if n < 10000 then return ("%d B"):format(n) end
  if n < 10000000 then return ("%d kB"):format(n // 1000) end
  return ("%d MB"):format(n // 1000000)
end

-- Has the row a cell with the text in it?
local function matches(row, text)
  for _, cell in ipairs(row) do
    if tostring(cell):find(text, 1, true) then return true end
  end
  return false
end

local function add(rows, text, row)
  if matches(row, text) then rows[#rows + 1] = row end
end

local function sort(list, ...)
  local keys = { ... }
  table.sort(list, function(a, b)
    for _, key in ipairs(keys) do
      if a[key] ~= b[key] then return a[key] < b[key] end
    end
    return false
  end)
  return list
end

-- The commands: what each says, and its line of help.

local commands = {}

local function limited(entry)
  return entry.limited and "limited" or ""
end

local function add_routes(rows, text)
  for _, route in ipairs(native.routes()) do
    add(rows, text, { "route", route.rule, route.place, limited(route) })
  end
end

commands.handlers = { "handlers and routes, and where they are", function(text)
  local rows = { { "namespace", "event", "defined at", "limit" } }
  for _, h in ipairs(sort(native.handlers(), "namespace", "event")) do
    add(rows, text, { h.namespace, h.event, h.place, limited(h) })
  end
  add_routes(rows, text)
  return columns(rows) .. ("\ngeneration %d"):format(native.stats().generation)
end }

commands.clients = { "who is connected; .clients TEXT: those with TEXT in their line", function(text)
  local rows = { { "sid", "namespace", "transport", "address", "since", "queued", "rooms" } }
  local all = native.clients()
  for _, c in ipairs(sort(all, "namespace", "seconds", "sid")) do
    local rooms = table.concat(c.rooms, " ")
    add(rows, text, { c.sid, c.namespace, c.transport, c.address, duration(c.seconds), bytes(c.queued), rooms })
  end
  return columns(rows) .. "\n" .. count(#all, "client")
end }

commands.rooms = { "rooms, and how many are in each; .rooms TEXT", function(text)
  local rows = { { "namespace", "room", "members" } }
  for _, room in ipairs(sort(native.rooms(), "namespace", "name")) do
    add(rows, text, { room.namespace, room.name, room.members })
  end
  return columns(rows)
end }

local function describe(job)
  if job.kind == "tick" then return ("tick %g/s"):format(job.rate) end
  if job.kind == "task" then return "background task" end
  return ("%s %g s"):format(job.kind, job.period)
end

commands.ticks = { "ticks with their measurements, timers and background tasks", function(text)
  local rows = { { "what", "defined at", "state", "steps", "skipped", "late p50", "p99", "max", "busy p50", "p99",
    "max" } }
  for _, job in ipairs(native.jobs()) do
    local row = { describe(job), job.place, job.state }
    if job.kind == "tick" then
      table.move({ job.ticks, job.skipped, milliseconds(job.late_p50), milliseconds(job.late_p99),
        milliseconds(job.late_max), milliseconds(job.busy_p50), milliseconds(job.busy_p99),
        milliseconds(job.busy_max) }, 1, 8, 4, row)
    end
    add(rows, text, row)
  end
  return columns(rows)
end }

commands.stats = { "figures of the whole server", function()
  local s = native.stats()
  local lines = {
    { "script", ("%s, generation %d"):format(s.script, s.generation) },
    { "running for", duration(s.seconds) },
    { "sessions", ("%d of %d: %d by WebSocket, %d by polling"):format(s.sessions, s.max_clients, s.websocket,
      s.sessions - s.websocket) },
    { "sessions since the start", s.opened },
    { "clients", s.clients },
    { "namespaces, rooms", ("%d, %d"):format(s.namespaces, #native.rooms()) },
    { "queued to clients", bytes(s.queued) },
    { "writes to sessions", s.flushes },
    { "Lua memory", s.limit > 0 and ("%s of %s"):format(bytes(s.used), bytes(s.limit)) or bytes(s.used) },
    { "coroutines", ("%d running or waiting, %d ready"):format(s.tasks, s.pooled) },
    { "acknowledgements awaited", s.waits },
    { "ticks, timers and tasks", s.jobs },
  }
  return columns(lines)
end }

local HELP = [[
EXPRESSION           its values; = before it is allowed
STATEMENTS           in the script's environment: its globals, the locals that its functions use, modules
                     by require, mw, app, socketio, and kept.NAME for what mw.keep has
A local lasts for one evaluation; a global stays in this console, unless the script has one of that name.
What runs for longer than handler_timeout is killed; socketio.sleep and call wait, Ctrl-C ends the waiting.
]]

commands.help = { "this", function()
  local rows = { { ".reload", "loads the script anew" }, { ".quit", "leaves the console; Ctrl-D does, too" } }
  for name, command in next, commands do rows[#rows + 1] = { "." .. name, command[1] } end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  return HELP .. columns(rows)
end }

---@return string[] names of all commands
function report.names()
  local names = { "reload", "quit" }
  for name in next, commands do names[#names + 1] = name end
  return names
end

-- The answer to a command, or nil and why there is none.
---@return string?, string?
function report.answer(name, text)
  local command = commands[name]
  if not command then return nil, ("there is no command .%s; .help lists them"):format(name) end
  return command[2](text)
end

return report
