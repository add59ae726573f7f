-- What a beginner gets wrong first, and what is answered: what was meant, at the script's line.
-- One case for each mistake; that the right thing works is in the specs of each function.

local support = require "spec.bindings.support"

-- The error of the code in a handler, which stands in the script's second line.
local function mistake(code, wanted)
  local ok, err = support.try(code)
  assert.is_false(ok, code)
  assert.matches("^[^\n]*:2: [^\n]*" .. wanted:gsub("%p", "%%%0"), err)
end

-- The error of a script that does not load, whose mistake is in its third line.
local function refused(code, wanted)
  assert.matches(":3: " .. wanted, support.load_error("\n\n" .. code), 1, true)
end

describe("a mistake is answered with what was meant:", function()
  it("emit outside of a handler", function()
    local server = support.serve 'socketio.after(0, function()\n emit("news", 1) end)'
    server:advance(0)
    assert.matches(":2: emit outside of a handler has no client to answer: socketio.emit addresses everyone",
      server:log(), 1, true)
    server:close()
    refused('emit("news", 1)', "emit outside of a handler has no client to answer: socketio.emit addresses everyone")
    refused('socketio.emit("news", 1)', "emit while the script loads: there is nobody yet; use socketio.after(0, …)")
    refused("print(request.sid)", "request.sid outside of a handler or a route: no client asked for this")
  end)

  it("a misspelt option", function()
    mistake('emit("a", 1, { brodcast = true })', 'emit has no option "brodcast": do you mean "broadcast"?')
    mistake('join_room("a", { sdi = "x" })', 'join_room has no option "sdi": do you mean "sid"?')
    refused('socketio.on("a", { namspace = "/" }, print)', 'on has no option "namspace": do you mean "namespace"?')
    refused('app.route("/", { method = "POST" }, print)', "app.route has no option 'method', did you mean 'methods'?")
    refused("mw.config { prot = 1 }", 'mw.config: unknown option "prot": did you mean "port"?')
  end)

  it("a misspelt function", function()
    mistake('mw.emti("a")', 'moonwire has no "emti": do you mean "emit"?')
    mistake('socketio.joinroom("a")', 'socketio has no "joinroom": do you mean "join_room"?')
    mistake("return request.cookie", 'request has no field "cookie": do you mean "cookies"?')
    refused('socketio.onn("a", print)', 'socketio has no "onn": do you mean "on"?')
    refused('socketio.of("/a").onn("a", print)', 'socketio has no "onn": do you mean "on"?')
    refused('app.rout("/", print)', "app has no 'rout', did you mean 'route'?")
    assert.is_true((support.try "assert(mw.nothing == nil and socketio.nothing == nil and app.nothing == nil)"))
  end)

  it("a name of Python's or of Flask's", function()
    mistake("return request.get_json()", 'request has no field "get_json": write request.json')
    mistake("return request.user_agent", 'write request.headers["User-Agent"]')
    for code, instead in pairs {
      ["mw.session.clear()"] = "field 'clear'); in Lua: for key in pairs(t) do t[key] = nil end",
      ['("a,b"):split(",")'] = "method 'split'); in Lua: text:gmatch(\"[^,]+\")",
      ["print(len({}))"] = "global 'len'); in Lua: #list",
      ["local t = {}; t.append(1)"] = "field 'append'); in Lua: table.insert(list, value)",
    } do
      local server = support.serve('socketio.on("try", function()\n' .. code .. "\nend)")
      server:test_client():emit("try")
      assert.matches(instead, server:log(), 1, true)
      server:close()
    end
    refused("socketio.run(app)", 'socketio has no "run": moonwire main.lua runs it; leave this line out')
    refused("mw.Flask('x')", 'moonwire has no "Flask": mw.app is there already')
    refused("socketio.of('/a').event(print)", 'socketio has no "event": write socketio.on("name", function(…) end)')
    refused("app.register_blueprint(print)", "app has no 'register_blueprint': require a module that calls app.route")
    refused("app.run()", "app has no 'run': moonwire main.lua runs it; leave this line out")
    local server = support.serve 'socketio.on("try", function() local t = {}; t.fly() end)'
    server:test_client():emit("try")
    assert.not_matches("in Lua:", server:log(), 1, true)
    server:close()
  end)

  it("a value of Python's or JavaScript's, which would be nil", function()
    mistake("return True", "Lua does not know True: write true")
    mistake("local t = {}; return t.x == None", "Lua does not know None: write nil")
    mistake("return { a = null }", "Lua does not know null: write nil, or mw.null inside of data")
    refused("mw.config { debug = True }", "Lua does not know True: write true")
    local server = support.serve 'null = 1; socketio.on("try", function() return null, None == nil end)'
    assert.has_error(function() server:test_client():call "try" end)
    server:close()
  end)

  it("a habit of Python's or JavaScript's", function()
    for code, said in pairs {
      ['local a = "hello " + "ann"'] = "attempt to add a 'string' with a 'string'; in Lua: a .. b joins texts",
      ['local a = "n is %d" % 1'] = 'in Lua: ("%d points"):format(n)',
      ["for x in { 1, 2 } do print(x) end"] = "; in Lua: for i, value in ipairs(list) do, or",
      ["for k in pairs(nil) do print(k) end"] = "; what pairs or ipairs got is nil",
      ['print(("a").upper())'] = "; a method of a text is called with a colon: text:upper()",
      ['if "3" < 4 then print(1) end'] = "; what came as text is made a number by tonumber",
      ["print(random.randint(1, 6))"] = "(global 'random'); in Lua: math.random(1, 6)",
      ['socket.emit("a")'] = "(global 'socket'); in Lua: emit(…), and request.sid names the client",
      ['disconnect()'] = "(global 'disconnect'); write local disconnect = mw.disconnect at the top",
      ['print(session.name)'] = "(global 'session'); write local session = mw.session at the top",
    } do
      local server = support.serve('socketio.on("try", function()\n' .. code .. "\nend)")
      server:test_client():emit "try"
      assert.matches(said, server:log(), 1, true)
      server:close()
    end
    refused('io.on("connection", print)',
      "attempt to call a nil value (field 'on'); in Lua: socketio.on(event, handler)")
  end)

  it("a line of another language", function()
    for code, said in pairs {
      ["if a != 1 then end"] = "a ~= b", ["a += 1"] = "n = n + 1", ["a++"] = "n = n + 1",
      ["if a && b then end"] = "a and b", ["if a || b then end"] = "a or b", ["if !a then end"] = "not a",
      ["# a comment"] = "-- begins a comment", ["// a comment"] = "-- begins a comment",
      ["def f():"] = "local function name(…) … end", ["from flask import Flask"] = 'local mw = require "moonwire"',
      ['@socketio.on("a")'] = 'socketio.on("event", function(…) … end)',
      ['local t = {"a": 1}'] = "{ name = value }", ["local t = [1, 2]"] = "{ 1, 2, 3 } is a list",
      ["if a == 1: print(1)"] = "if … then … end", ["if a then\n elif b then end"] = "elseif … then",
      ["for i in range(3):\n  print(i)"] = "if … then … end, for … do … end",
      ["while true do\n  if a then\n    continue\n  end\nend"] = "an if around the rest of the loop",
      ["if a == b:\n  print(1)\n"] = "if … then … end, for … do … end", ["const a = 1"] = "local name = value",
      ['socketio.emit("a", 1, room="b")'] = 'options in braces: emit("event", data, { to = room })',
      ['socketio.on("a", function(x) { print(x) })'] = "function(…) … end, without { }",
      ["socketio.on('a', (x) => print(x))"] = "function(x) … end",
      ["local f = lambda x: x"] = "function(x) return … end",
      ["try:\n a = 1"] = "local ok, err = pcall(function() … end)", ["local a = b ? 1 : 2"] = "condition and a or b",
    } do
      assert.matches("; in Lua: " .. said, support.load_error("\n" .. code .. "\nprint(1)"), 1, true)
    end
    for _, code in ipairs { "local a = = 1", "var = 1\nlocal from = = 2", "from = passes\nx y", "tries = 1\nx y" } do
      assert.not_matches("in Lua", support.load_error(code))
    end
    assert.not_matches("in Lua", support.load_error 'print("a != b"')
  end)

  it("options behind the handler", function()
    refused('socketio.on("a", print, { limit = "1 per second" })', "on: the options come before the handler")
    refused('socketio.on_error(print, { namespace = "/a" })', "on_error: the options come before the handler")
    refused("socketio.tick(30, print, { max_catch_up = 1 })", "tick: the options come before the function")
    refused('app.route("/", print, { methods = { "POST" } })', "app.route: the options come before the function")
    refused('app.get("/", print, { limit = "1/second" })', "app.get: the options come before the function")
  end)

  it("options in the place of the data, once for each line", function()
    local server = support.serve [[

socketio.on("try", function(data)
  emit("refresh", { to = "room" })
  emit("all", { broadcast = true, include_self = false })
  emit("data", { room = "a" })
  emit("data", { to = "ann", text = "hi" })
  emit("data", {})
  emit("meant", nil, { broadcast = true })
end)]]
    local client = server:test_client()
    for _ = 1, 3 do client:emit "try" end
    local log, said = server:log(), "emit: what stands in the place of the data has options for keys, and is sent as "
      .. "data; if they are the options, write emit(event, nil, { … })\n"
    for _, line in ipairs { 3, 4 } do assert.matches((":%d: %s"):format(line, said), log, 1, true) end
    assert.equal(2, select(2, log:gsub("\n", "")))
    assert.same({ "refresh", { to = "room" } }, support.events(client)[1])
    server:close()
  end)

  it("a period where tick wants a rate", function()
    local server = support.serve
      "\nsocketio.tick(1 / 30, function() end); socketio.tick(0.1, print); socketio.tick(30, print)"
    assert.matches('^warning: [^\n]*:2: tick: 0.0333333 steps a second is one every 30 s; for 30 a second write '
      .. "socketio.tick%(30, …%), for the other socketio.every%(30, …%)\n$", server:log())
    server:close()
  end)

  it("two routes of one rule and method", function()
    refused('app.route("/a", print); app.post("/a", print); app.get("/a", function() end)',
      "app.route: GET /a is answered already, by the function at [C]:-1")
    refused("mw.config.port = 1", "attempt to index a function value (field 'config'); write mw.config { port = 5000 }")
  end)

  it("a function that is not there, or stands below", function()
    local server = support.serve 'socketio.on("try", function()\nhelp() end)\nlocal function help() end\nprint(help)'
    server:test_client():emit "try"
    assert.matches("(global 'help'); is the name misspelt, or a local function's that stands below?", server:log(), 1,
      true)
    server:close()
  end)

  it("abort outside of a route", function()
    mistake("mw.abort(404)", "abort answers an HTTP request; a handler of an event returns what is wrong, or emits it")
  end)

  it("a list of headers", function()
    local server = support.serve '\napp.route("/", function() return "a", 200, { "X-A: 1" } end)'
    assert.equal(500, server:get("/").status)
    assert.matches(':2 returned a list for headers; they go by name, as { ["X-Color"] = "red" }', server:log(), 1, true)
    server:close()
  end)

  it("letters and quotes that are not Lua's", function()
    assert.matches("; in Lua: names of the letters a to z, digits and _, and the quotes \" or '",
      support.load_error "local größe = 1", 1, true)
    assert.matches("; in Lua: names of the letters", support.load_error "print(“hello”)", 1, true)
  end)

  it("a module of Flask's", function()
    refused('local flask = require "flask_socketio"',
      [[module 'flask_socketio' not found; all of it is in require "moonwire"]])
  end)

  it("the event of Node's that tells of a client", function()
    local server = support.serve '\nsocketio.on("connection", function() end)'
    assert.matches('^warning: [^\n]*:2: on: "connection" is an event that a client would have to send; '
      .. 'what a new client calls is "connect"\n$', server:log())
    server:close()
  end)

  it("a colon instead of a dot", function()
    mistake('socketio:emit("a", 1)', "emit: the event's name must be a string, not a table (it is called with a dot")
    refused('socketio:on("a", print)', "on is called with a dot, not with a colon")
    refused('app:route("/", print)', "app.route is called with a dot, not with a colon")
    refused('local T = {}; function T:on_say() end; socketio.on_namespace("/a", T)',
      "on_namespace: on_say gets the client's arguments alone: write it with a dot, function T.on_say(…)")
  end)

  it("a function where data belongs", function()
    mistake('emit("a", function() end)', "its data is a function; what hears the acknowledgement goes into the options")
    mistake('emit("a", { on_end = print })', 'emit of "a": args[1].on_end is a function')
    mistake('emit("a", 1, print)', "emit: its options must be a table, not a function")
  end)

  it("data where a function belongs", function()
    refused('socketio.on("a", "b", "c")', 'on: its options must be a table, not the string "b"')
    refused('socketio.on("a", {})', "on: the handler must be a function, not nil")
    refused('app.route("/", "hello")', "app.route wants a function, not a string")
    refused("socketio.every(1, print())", "what every calls must be a function, not nil")
  end)

  it("a recipient that is nil", function()
    mistake('emit("a", 1, { to = nil })', "its options have no key, as if { to = nil } found nobody")
    mistake('emit("a", 1, { to = "" })', "emit: the option to is an empty string, which names nobody")
    mistake('emit("a", 1, { to = {} })', "emit: the option to is an empty list, which names nobody")
    mistake('socketio.to(({}).nobody).emit("a")', "must be the name of a room or a sid, not nil")
    mistake("join_room(nil)", "join_room: the room must be the name of a room or a sid, not nil")
  end)

  it("a template variable that is nil", function()
    for _, limit in ipairs { "", '{ limit = "1 per minute" }, ' } do
      local server = support.serve((([[

app.route("/", LIMIT function()
  return mw.render_template_string("a\n{{ user.name }}")
end)]]):gsub("LIMIT", limit)))
      assert.equal(500, server:get("/").status)
      local log = server:log()
      assert.matches("^error: route GET / at /tmp/lua_%w+:2: "
        .. "template string:2: 'user' is nil, so 'user.name' cannot be read\n", log)
      server:close()
    end
  end)

  it("a handler for an event that no page sends, once, with the handler's line", function()
    local server = support.serve [[

socketio.on("mesage", print)
socketio.on("mesage", function() end)
socketio.of("/chat").on("chat mesage", function() end)
socketio.on("catch", function() end)]]
    local client = server:test_client()
    for _ = 1, 3 do client:send "hi" end
    client:emit "something else"
    local log = server:log()
    assert.matches('^warning: a client sent "message" in "/", which has no handler: do you mean "mesage", '
      .. "whose handler is at [^\n]*:3%?\n$", log)
    server:test_client({ namespace = "/chat" }):emit "chat message"
    assert.matches('"chat message" in "/chat"', server:log(), 1, true)
    server:close()
  end)

  it("unheard events fill no log", function()
    local server = support.serve 'socketio.on("catch", print)'
    local client = server:test_client()
    for i = 1, 300 do client:emit("e" .. i) end
    client:emit "catsh"
    assert.equal("", server:log())
    server:close()
  end)

  it("a reserved event name", function()
    mistake('emit("connect", 1)', '"connect" is an event of the protocol\'s own, and cannot be emitted')
    refused('socketio.on("connect_error", print)',
      'on: "connect_error" is an event of the protocol\'s own, which no client can send')
  end)

  it("waiting where nothing can wait", function()
    refused("socketio.sleep(1)", "sleep cannot wait at the top level of a script")
    refused('socketio.on("a", { namespace = "chat" }, print)', 'on: a namespace begins with "/"; write "/chat"')
  end)

  it("a route that returns nothing", function()
    local server = support.serve '\napp.route("/", function() end)'
    assert.equal(500, server:get("/").status)
    assert.matches(":2 returned nil; a string, a table or body, status, headers is expected", server:log(), 1, true)
    server:close()
  end)
end)
