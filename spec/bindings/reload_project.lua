-- A script in a folder of its own, served by a test server, whose files a test saves.

local moonwire = require "moonwire"

local NAMES = [[local mw = require "moonwire"; local app, socketio, request = mw.app, mw.socketio, mw.request; ]]
  .. [[local emit, call, join_room = mw.emit, mw.call, mw.join_room; ]]

local Project = {}
Project.__index = Project

function Project.make()
  local project = setmetatable({ folder = os.tmpname() }, Project)
  os.remove(project.folder)
  assert(os.execute("mkdir -p " .. project.folder .. "/templates"))
  return project
end

-- The text, with the usual names local in its first line.
function Project.script(source) return NAMES .. source end

function Project:path(name) return self.folder .. "/" .. (name or "main.lua") end

function Project:write(name, text)
  local file = assert(io.open(self:path(name), "w"))
  file:write(text)
  file:close()
end

-- A server on this script, in whose first line the usual names are local.
function Project:serve(source, config)
  self:write("main.lua", NAMES .. source)
  self.server = moonwire.test_server(self:path(), config)
  return self.server
end

-- The script is saved with this text.
function Project:save(source)
  self:write("main.lua", NAMES .. source)
  return self.server:reload()
end

function Project:lines()
  local list = {}
  for line in self.server:log():gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

-- How often the log has it.
function Project:count(pattern)
  local _, n = self.server:log():gsub(pattern, "")
  return n
end

function Project:close()
  if self.server then self.server:close() end
  os.execute("rm -r " .. self.folder)
end

return Project
