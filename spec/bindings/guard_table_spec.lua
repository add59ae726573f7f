-- Every deed of guard_deeds in every place that runs a script's code: killed within twice the budget, and the server
-- goes on. MW_TABLE=1 prints how long each took, in milliseconds of processor time.

local deeds = require "spec.bindings.guard_deeds"
local support = require "spec.bindings.support"

-- Lua itself walks a deep stack in one go, several times.
local BUDGET, DEEP_BUDGET = 0.08, 0.4

-- The allocator of the sanitizers takes as long again to give such a stack back.
local IS_SANITIZED = (os.getenv "LD_PRELOAD" or ""):find("asan", 1, true) ~= nil

local SCRIPT = [[
local deeds = dofile "spec/bindings/guard_deeds.lua"
local armed

-- Runs the deed that was chosen, once.
local function act()
  local deed = armed
  armed = nil
  if deed then deeds[deed]() end
end

-- A handler of choosing, as the places are all handlers of something else.
socketio.on("choose", { namespace = "/choose" }, function(deed) armed = deed end)
socketio.on("echo", function(x) return x end)

socketio.on("handler", act)
socketio.on("fails", { namespace = "/choose" }, function() error "to be handled" end)
socketio.on_error({ namespace = "/choose" }, act)
socketio.on("asks", function() emit("question", nil, { callback = act }) end)
socketio.on("task", function() socketio.start_background_task(act) end)
socketio.on("timer", function() socketio.after(1, act) end)
socketio.on("connect", { namespace = "/place" }, act)
socketio.on("disconnect", { namespace = "/place" }, act)
socketio.tick(1, act)
app.route("/route", function() act() return "" end)
app.route("/template", function() return mw.render_template_string("\n{{ act() }}", { act = act }) end)
app.before_request(function() if request.path == "/before" then act() end end)
mw.on_reload(act)
]]

-- How each place is made to run the deed.
local places = {
  handler = function(_, client) client:emit "handler" end,
  ["error handler"] = function(_, _, chooser) chooser:emit "fails" end,
  callback = function(_, client) client:emit "asks" end,
  task = function(server, client)
    client:emit "task"
    server:advance(0)
  end,
  timer = function(server, client)
    client:emit "timer"
    server:advance(0.99)
    server:advance(0.01)
  end,
  tick = function(server) server:advance(1) end,
  route = function(server) assert.equal(500, server:get("/route").status) end,
  template = function(server) assert.equal(500, server:get("/template").status) end,
  before_request = function(server) assert.equal(500, server:get("/before").status) end,
  connect = function(server)
    assert.is_false(server:test_client { namespace = "/place" }:is_connected "/place")
  end,
  disconnect = function(_, _, _, leaving) leaving:disconnect "/place" end,
}

local names = {}
for name in pairs(deeds) do names[#names + 1] = name end
table.sort(names)

local function budget_of(name) return name:find "^deep" and DEEP_BUDGET or BUDGET end

-- Runs fn, which does the deed once and returns how long it took.
local function check(place, name, fn)
  support.in_time((IS_SANITIZED and 4 or 2) * budget_of(name), function()
    local took = fn()
    if os.getenv "MW_TABLE" then print(("%s\t%s\t%.0f"):format(place, name, took * 1000)) end
    return took
  end, name .. " in " .. place)
end

describe("the guard kills", function()
  local server, client, chooser

  local function start(name)
    server = support.serve(SCRIPT, { handler_timeout = budget_of(name), memory_limit = 300e6 })
    client, chooser = server:test_client(), server:test_client { namespace = "/choose" }
    client:on_call("question", function() end)
  end

  -- For as long as the budget is the same, the same server.
  local function each_deed(fn)
    local budget
    for i, name in ipairs(names) do
      if budget ~= budget_of(name) then
        if budget then server:close() end
        budget = budget_of(name)
        start(name)
      end
      fn(name)
      assert.equal(i, client:call("echo", i))
    end
    server:close()
  end

  for place, run in pairs(places) do
    it("each deed in: " .. place, function()
      each_deed(function(name)
        check(place, name, function()
          local leaving = place == "disconnect" and server:test_client { namespace = "/place" }
          server:advance(100) -- a tick that was killed rests
          chooser:emit("choose", name)
          local before, said = os.clock(), #server:log()
          run(server, client, chooser, leaving)
          local took = os.clock() - before
          assert.matches("error: ", server:log():sub(said + 1), 1, true)
          return took
        end)
      end)
    end)
  end

  it("each deed in a function of mw.on_reload, and the former generation goes on", function()
    each_deed(function(name)
      local path = os.tmpname()
      local file = assert(io.open(path, "w"))
      file:write(([[
local mw = require "moonwire"
mw.socketio.on("echo", function() return "new" end)
mw.on_reload(dofile "spec/bindings/guard_deeds.lua"[%q])]]):format(name))
      file:close()
      check("on_reload", name, function()
        local before = os.clock()
        pcall(server.reload, server, path)
        return os.clock() - before
      end)
      os.remove(path)
    end)
  end)
end)

describe("a template", function()
  local KILLED = "template string:2: ran for more than 0.08 s without yielding %(handler_timeout%)"
  local GIANT = "template string:2: not enough memory"

  local templates = {
    ["{% for i in range(100000000) %}{{ i }}{% endfor %}"] = KILLED,
    ["{% for i in range(1000000000000) %}{% endfor %}"] = KILLED,
    ["{% for i in range(3000) %}{% for j in range(3000) %}{% set x = i * j %}{% endfor %}{% endfor %}"] = KILLED,
    ["{{ range(10000000) | join(',') | length }}"] = KILLED,
    ["{{ range(3000000) | sort | first }}"] = KILLED,
    ["{{ giant }}"] = KILLED,
    ["{{ giant | tojson }}"] = KILLED,
    ["{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"] = KILLED,
    ["{{ 'x' | center(1000000000) }}"] = GIANT,
    ["{{ 'x' | center(10000000000) }}"] = "template string:2: resulting string too large",
    ["{{ 'x' * 1000000000 }}"] = GIANT,
    ["{{ 'x' * 1e10 }}"] = "template string:2: resulting string too large",
    ["{{ '{:>1000000000}'.format(1) }}"] = GIANT,
    ["{{ range(1e12) }}"] = "template string:2: range wants whole numbers",
  }

  for text, said in pairs(templates) do
    it("is killed like a handler, at its line: " .. text, function()
      local server = support.serve(([[
local giant = { 1 }
for _ = 1, 40 do giant = { giant, giant, giant, giant } end
app.route("/", function() return mw.render_template_string(%q, { giant = giant }) end)
app.route("/fine", function() return mw.render_template_string "{{ 1 + 1 }}" end)]]):format("\n" .. text),
        { handler_timeout = BUDGET, memory_limit = 200e6 })
      support.in_time(2 * BUDGET, function() assert.equal(500, server:get("/").status) end)
      assert.matches("error: route GET / at /tmp/[%w_]+:3: " .. said, server:log())
      assert.equal("2", server:get("/fine").body)
      server:close()
    end)
  end
end)
