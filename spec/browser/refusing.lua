-- Shows the page of basic.lua and lets nobody in, so that a test can see how a page says so.
-- It is the one script of the browser tests that is no program of the project.
-- How a refusal looks on the wire is tested in spec/clients.

local mw = require "moonwire"

mw.app.route("/", function() return mw.render_template("basic.html") end)
mw.socketio.on("connect", function() mw.refuse_connection("the room is full") end)
