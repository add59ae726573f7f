-- Headers that a script adds to the answer of a session's first request (socketio.on_initial_headers).

local support = require "spec.bindings.support"

local HANDSHAKE = "/socket.io/?EIO=4&transport=polling"

describe("socketio.on_initial_headers", function()
  local server
  after_each(function() server:close() end)

  -- What the header is on the handshake's answer, and the answer.
  local function handshake(name, query)
    local answer = server:get(HANDSHAKE .. (query or ""))
    return answer.headers[name], answer
  end

  it("adds headers to the first answer of a session, and to no other", function()
    server = support.serve [[
socketio.on_initial_headers(function(headers)
  headers["X-Served-By"] = "one"
  headers["Set-Cookie"] = { "a=1", "b=2" }
end)]]
    local served, answer = handshake "X-Served-By"
    assert.equal("one", served)
    assert.equal("a=1, b=2", answer.headers["Set-Cookie"])
    local sid = answer.body:match '"sid":"([^"]+)"'
    server:post(HANDSHAKE .. "&sid=" .. sid, { data = "40", headers = { ["Content-Type"] = "text/plain" } })
    local poll = server:get(HANDSHAKE .. "&sid=" .. sid)
    assert.equal(200, poll.status)
    assert.is_nil(poll.headers["X-Served-By"])
  end)

  it("knows the request", function()
    server = support.serve [[
socketio.on_initial_headers(function(headers)
  local r = mw.request
  local host = r.headers.Host and "host" or "none"
  headers["X-Saw"] = table.concat({ r.args.room, r.method, r.path, host, tostring(r.sid) }, " ")
end)]]
    assert.equal("lobby GET /socket.io/ host nil", (handshake("X-Saw", "&room=lobby")))
  end)

  it("leaves the answer as it is when it fails, and says why", function()
    local failures = {
      ['error "broken"'] = "initial headers: .*:2: broken",
      ['headers["X Y"] = "a"'] = ':2: "X Y" is no name for a header',
      ['headers.X = "a\\r\\nB: c"'] = ":2: header X has a line break",
      ["headers.X = {{}}"] = ":2: header X is a table; it wants a string",
      ['headers.connection = "close"'] = "on_initial_headers set connection, which is the server's own",
      ["for i = 1, 17 do headers['X-' .. i] = i end"] = "on_initial_headers set 17 headers; there can be 16",
      ["socketio.sleep(1)"] = ":2: sleep cannot wait here: the client's handshake is being answered",
      ["while true do end"] = "ran for more than 0.1 s",
    }
    for code, message in pairs(failures) do
      server = support.serve(("socketio.on_initial_headers(function(headers)\n%s end)"):format(code),
        { handler_timeout = 0.1 })
      local _, answer = handshake "X"
      assert.equal(200, answer.status)
      assert.is_nil(answer.headers.X)
      assert.matches(message, server:log())
      server:close()
    end
    server = support.serve ""
  end)

  it("is of the script that is live", function()
    local path = os.tmpname()
    local function save(text)
      local file = assert(io.open(path, "w"))
      file:write('local mw = require "moonwire"\n' .. text)
      file:close()
    end
    save 'mw.socketio.on_initial_headers(function(headers) headers.X = "old" end)'
    server = require("moonwire").test_server(path)
    assert.equal("old", (handshake "X"))
    save 'mw.socketio.on_initial_headers(function(headers) headers.X = "new" end)'
    server:reload()
    assert.equal("new", (handshake "X"))
    save ""
    server:reload()
    assert.is_nil((handshake "X"))
    os.remove(path)
  end)

  it("wants a function", function()
    local ok, err = support.try "\nsocketio.on_initial_headers(1)"
    assert.is_false(ok)
    assert.matches("on_initial_headers: the handler must be a function, not the number 1", err, 1, true)
    server = support.serve ""
  end)
end)
