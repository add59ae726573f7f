-- Measures our JSON codec against lua-cjson on what a game sends, in turns in one run:
--     lua5.4 tools/bench/json.lua [build]      (the folder with moonwire.so; default "build")
-- In turns, since the machine's speed wanders: each figure is the median of pairs taken side by side.
-- It does not check that the two agree: spec/bindings/value_spec.lua does.

local folder = arg and arg[1] or "build"
package.cpath = folder .. "/?.so;" .. package.cpath
local ours, cjson = require("moonwire").json, require "cjson"

local ROUNDS, SECONDS = 15, 0.06

local function players(count)
  local random = math.random
  local shapes, state = { "circle", "square", "triangle", "star" }, {}
  for i = 1, count do
    state[("sid%017d"):format(i)] = {
      x = random() * 800, y = random() * 600, vx = random() - 0.5, name = "Player " .. i,
      colour = ("#%06x"):format(random(0, 0xffffff)), shape = shapes[random(4)], score = random(0, 1000),
    }
  end
  return state
end

local function rounded(state)
  local copy = {}
  for sid, p in pairs(state) do
    copy[sid] = { name = p.name, shape = p.shape, color = p.colour,
      x = math.floor(p.x * 10 + 0.5) / 10, y = math.floor(p.y * 10 + 0.5) / 10 }
  end
  return copy
end

local function list(state)
  local rows = {}
  for _, p in pairs(state) do rows[#rows + 1] = p end
  return rows
end

-- Seconds for one call of fn(value), over at least SECONDS.
local function time(fn, value)
  local clock, calls = os.clock, 0
  local start = clock()
  local stop = start
  while stop - start < SECONDS do
    for _ = 1, 8 do fn(value) end
    calls, stop = calls + 8, clock()
  end
  return (stop - start) / calls
end

local function median(values)
  table.sort(values)
  return values[#values // 2 + 1]
end

local function compare(name, a, b, value_a, value_b)
  local ours_s, theirs_s, ratios = {}, {}, {}
  for i = 1, ROUNDS do
    ours_s[i], theirs_s[i] = time(a, value_a), time(b, value_b)
    ratios[i] = theirs_s[i] / ours_s[i]
  end
  print(("%-34s %9.1f us %9.1f us   %.2f times as fast"):format(name, median(ours_s) * 1e6, median(theirs_s) * 1e6,
    median(ratios)))
end

local state = players(200)
local cases = {
  { "200 players, full doubles", state },
  { "200 players, one decimal", rounded(state) },
  { "200 players as a list", list(state) },
  { "a move: four keys", { up = true, down = false, left = false, right = true } },
  { "a chat line", { "message", "the quick brown fox jumps over the lazy dog" } },
}

print(("%-34s %12s %12s"):format("", "moonwire", "lua-cjson"))
for _, case in ipairs(cases) do
  local text = ours.encode(case[2])
  compare(case[1] .. ": encode", ours.encode, cjson.encode, case[2], case[2])
  compare(case[1] .. ": decode", ours.decode, cjson.decode, text, text)
end
