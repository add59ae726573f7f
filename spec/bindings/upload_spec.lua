-- Forms in parts: request.form has their text, request.files what was uploaded.

local moonwire = require "moonwire"
local support = require "spec.bindings.support"

-- A form in parts as a client wrote it, and its headers.
local function post_raw(server, body, content_type)
  return server:post("/", { data = body, headers = {
    ["Content-Type"] = content_type or "multipart/form-data; boundary=b" } })
end

local function part(parameters, content)
  return ("--b\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n"):format(parameters, content)
end

describe("a form in parts", function()
  local server

  local function serve(code)
    server = support.serve(('app.route("/", { methods = { "GET", "POST" } }, function() %s end)'):format(code))
  end

  after_each(function() server:close() end)

  it("has its text in request.form and its files in request.files", function()
    serve [[local f = request.files.picture
      return { form = request.form, name = f.filename, type = f.content_type, size = f.size,
        same = f.data == "\0\255\r\n--", only = next(request.files, next(request.files)) == nil }]]
    assert.same({ form = { text = "é\n", [""] = "x" }, name = "a.png", type = "image/png", size = 6, same = true,
      only = true }, server:post("/", { form = { text = "é\n", [""] = "x" },
      files = { picture = { filename = "a.png", content_type = "image/png", data = "\0\255\r\n--" } } }).json)
  end)

  it("has the first of a name that comes twice, as other forms do", function()
    serve [[return { request.form.a, request.files.f.data, request.files.f.filename }]]
    assert.same({ "1", "one", "1.txt" }, server:post("/", { form = { a = { "1", "2" } }, files = { f = {
      { filename = "1.txt", data = "one" }, { filename = "2.txt", data = "two" } } } }).json)
  end)

  it("may use one name for text and a file", function()
    serve [[return { request.form.a, request.files.a.data }]]
    assert.same({ "text", "bytes" },
      server:post("/", { form = { a = "text" }, files = { a = { filename = "f", data = "bytes" } } }).json)
  end)

  it("has names as browsers and older clients escape them", function()
    serve [[return { request.files.f.filename, request.files['"q"'].filename }]]
    assert.same({ 'a"b\\"c.txt', "naïve.txt" }, post_raw(server, part([[name=f; filename="a%22b\\\"c.txt"]], "")
      .. part([[name="\"q\""; filename=x; filename*=UTF-8''na%C3%AFve.txt]], "") .. "--b--").json)
    assert.same({ 'say "hi".txt', "é" }, server:post("/", { files = { f = { filename = 'say "hi".txt' },
      ['"q"'] = { filename = "é" } } }).json)
  end)

  it("is text/plain where a file says nothing, and has the file that nobody chose", function()
    serve [[local f = request.files.f return { f.filename, f.content_type, f.size }]]
    assert.same({ "", "text/plain", 0 }, post_raw(server, part('name=f; filename=""', "") .. "--b--").json)
  end)

  it("is read once", function()
    serve [[return { request.files == request.files, request.form == request.form }]]
    assert.same({ true, true }, server:post("/", { files = { f = { filename = "f" } } }).json)
  end)

  it("is empty for other bodies, and for none", function()
    serve [[return { next(request.files) == nil, next(request.form) == nil }]]
    assert.same({ true, false }, server:post("/", { form = { a = 1 } }).json)
    assert.same({ true, true }, server:post("/", { json = { a = 1 } }).json)
    assert.same({ true, true }, server:get("/", { headers = { ["Content-Type"] = "multipart/form-data" } }).json)
  end)

  it("is refused with 400 if it is malformed, whichever half is read", function()
    for _, field in ipairs { "form", "files" } do
      serve(("return { next(request.%s) }"):format(field))
      for _, body in ipairs { part("name=a", "cut"), "a=1", part("filename=a", "nameless") .. "--b--" } do
        assert.equal(400, post_raw(server, body).status)
      end
      assert.equal(400, post_raw(server, "--b--", "multipart/form-data").status)
      assert.equal(200, post_raw(server, "--b--").status)
      local refused = post_raw(server, part("name=a\r\nContent-Transfer-Encoding: base64", "MQ==") .. "--b--")
      assert.equal(400, refused.status)
      assert.matches("Content%-Transfer%-Encoding", refused.body)
      if field == "form" then server:close() end
    end
  end)

  it("is refused with 413 if it has more than 1000 parts or 8 KB of headers", function()
    serve [[local n = 0 for _ in pairs(request.form) do n = n + 1 end return { n }]]
    local parts = {}
    for i = 1, 1000 do parts[i] = part("name=f" .. i, "") end
    assert.same({ 1000 }, post_raw(server, table.concat(parts) .. "--b--").json)
    assert.equal(413, post_raw(server, table.concat(parts) .. part("name=more", "") .. "--b--").status)
    assert.equal(413, post_raw(server, part("name=" .. ("a"):rep(8192), "") .. "--b--").status)
  end)

  it("is refused with 413 if it has more than 10,000 fields in one line", function()
    serve [[local n = 0 for _ in pairs(request.form) do n = n + 1 end return { n }]]
    local fields = {}
    for i = 1, 10000 do fields[i] = "f" .. i end
    local kind = "application/x-www-form-urlencoded"
    assert.same({ 10000 }, post_raw(server, table.concat(fields, "&"), kind).json)
    assert.equal(413, post_raw(server, table.concat(fields, "&") .. "&more", kind).status)
  end)

  describe("saves a file", function()
    local path

    before_each(function()
      path = os.tmpname()
      serve [[local ok, message, code = request.files.f:save(request.form.path)
        return { ok or mw.null, message, code }]]
    end)
    after_each(function() os.remove(path) end)

    local function save(to, data, filename)
      local files = { f = { filename = filename or "f", data = data } }
      return server:post("/", { form = { path = to }, files = files }).json
    end

    local function content()
      local file = assert(io.open(path, "rb"))
      local text = file:read "a"
      file:close()
      return text
    end

    it("where the script says, in place of what was there", function()
      assert.same({ true }, save(path, ("long\0\r\n"):rep(1000)))
      assert.equal(("long\0\r\n"):rep(1000), content())
      assert.same({ true }, save(path, "short", "/etc/passwd"))
      assert.equal("short", content())
      assert.same({ true }, save(path, ""))
      assert.equal("", content())
    end)

    it("or says why not", function()
      local missing = path .. "/below"
      local saved = save(missing, "x")
      assert.equal(moonwire.null, saved[1])
      assert.matches("^cannot save to " .. missing:gsub("%p", "%%%0") .. ": ", saved[2])
      assert.equal("ENOTDIR", saved[3])
      assert.equal("EISDIR", save("/", "x")[3])
      assert.equal("ENOSPC", save("/dev/full", "x")[3])
      assert.equal("ENOENT", save("", "x")[3])
    end)
  end)

  it("says what is wrong with a call of save", function()
    serve [[local f = request.files.f
      local function try(fn, ...) return select(2, pcall(fn, ...)) end
      return { try(f.save, "x"), try(f.save, f), try(f.save, f, "a\0b"), try(f.save, {}, "x") }]]
    local errors = server:post("/", { files = { f = { filename = "f" } } }).json
    assert.matches("^[^:]+:%d+: save belongs to a file of request.files: file:save%(path%), with a colon$", errors[1])
    assert.matches("file:save: the path must be a string, not nil$", errors[2])
    assert.matches("zero byte", errors[3])
    assert.matches("with a colon$", errors[4])
  end)
end)

describe("files of a test's request", function()
  local server

  before_each(function()
    server = support.serve [[app.route("/", { methods = { "POST" } }, function() return request.files.f.data end)]]
  end)
  after_each(function() server:close() end)

  it("may hold whatever stands between parts", function()
    local data = "\r\n--moonwire-0--\r\nmoonwire-1"
    assert.equal(data, server:post("/", { files = { f = { filename = "f", data = data } } }).body)
  end)

  it("are checked", function()
    for message, files in pairs {
      ["files%.f is a table { filename =, content_type =, data = }, not string"] = { f = "x" },
      ["files%.f has no filename"] = { f = { data = "x" } },
      ["files%.f has no field 'name'"] = { f = { name = "x" } },
      ["files%.f%.data is a string, not number"] = { f = { filename = "f", data = 1 } },
    } do
      local ok, err = pcall(server.post, server, "/", { files = files })
      assert.is_false(ok)
      assert.matches(message, err)
    end
  end)
end)
