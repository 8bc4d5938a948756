"""What Redis does when a process asks for requests: one script, so that it happens at once.

KEYS: the window, and its holders; one hash tag. Numbers are whole, times milliseconds by the
server's clock. A holder tells all it knows each time, never what has changed: so whatever gets
lost, comes late or is forgotten, the next exchange mends.
"""

from typing import Final

ARGUMENTS: Final = (
    "id", "number", "lease", "seq", "stock", "spent", "in_flight", "want_interactive",
    "want_bulk", "limit", "remaining", "epoch", "reset_in", "early", "parked", "reserve", "label",
    "now",
)  # fmt: skip
"""The script's arguments, in order. `early`: the window that was thought to be over goes on for so
long; `reserve` in thousandths; `now` is empty but in tests."""

REPLY: Final = (
    "seq", "interactive", "bulk", "wait_interactive", "wait_bulk", "left", "length", "credit",
    "parked", "holders", "free", "limit", "is_told",
)  # fmt: skip
"""The script's reply, in order; `seq` is 0 when there is no window yet, -1 when the exchange
came too late."""

SCRIPT: Final = """
local id, number, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local seq, stock, spent, in_flight =
  tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local want_i, want_b = tonumber(ARGV[8]), tonumber(ARGV[9])
local limit, remaining, epoch, reset_in =
  tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local early, parked, reserve = tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16]) / 1000
local now = tonumber(ARGV[18])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end

local w = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do w[flat[i]] = tonumber(flat[i + 1]) end
local all = {}
flat = redis.call('HGETALL', KEYS[2])
for i = 1, #flat, 2 do all[flat[i]] = cjson.decode(flat[i + 1]) end
local own = all[id]
if own and own.number >= number then return {-1} end

-- What holders of this window have taken, and what of it Plain need not have seen.
local function taken()
  local sum, held = 0, 0
  for _, h in pairs(all) do
    if h.seq == w.seq then
      local kept = h.till > now and h.stock or 0
      sum = sum + h.spent + kept
      held = held + kept + h.in_flight
    end
  end
  return sum, held
end

-- What was sent and was not bulk work, whether it was granted or went on credit.
local function interactive_rate(elapsed)
  local count = 0
  for _, h in pairs(all) do
    if h.seq == w.seq then count = count + math.max(0, h.spent - h.bulk) end
  end
  return count / elapsed
end

local function begin(length)
  -- Milliseconds of Redis's clock, so that a window is never taken for one before a flush.
  w.seq = math.max(now, (w.seq or 0) + 1)
  w.length, w.ends = length, now + length
  w.out, w.least, w.scouts, w.hold, w.began = 0, w.limit, 0, 0, now
  w.anchor_free, w.anchor_left = w.limit, length
end

if w.seq and now >= w.ends then
  w.rate_i = (interactive_rate(w.length) + (w.rate_i or interactive_rate(w.length))) / 2
  w.left = w.limit
  if now < w.ends + w.length then w.left = w.limit - taken() - w.out end
  begin(w.length)
  w.told = 0
  for name, h in pairs(all) do
    if h.till < now - 60000 and name ~= id then
      redis.call('HDEL', KEYS[2], name)
      all[name] = nil
    end
  end
end
-- Plain's word.
if limit > 0 and reset_in > 0 then
  if not w.seq or epoch > w.epoch then
    w.limit = limit
    if w.seq and w.told == 0 then
      w.least = limit
      w.length = math.max(w.length, reset_in)
    else
      begin(math.max(reset_in, w.length or 0))
    end
    w.told, w.epoch, w.ends = 1, epoch, now + reset_in
    w.anchor_free, w.anchor_left = limit, reset_in
    if remaining < limit * 0.9 then w.anchor_free = remaining end
  elseif epoch == w.epoch and w.told == 1 then
    w.limit = limit
    w.ends = math.min(w.ends, now + reset_in)
  end
  if epoch == w.epoch and w.told == 1 then w.least = math.min(w.least, remaining) end
end
if parked > 0 then w.parked = math.max(w.parked or 0, now + math.min(parked, 120000)) end
if not w.seq then
  local wait = math.max(0, (w.parked or 0) - now)
  if w.parked then
    redis.call('HSET', KEYS[1], 'parked', w.parked)
    redis.call('PEXPIRE', KEYS[1], 600000)
  end
  return {0, 0, 0, 0, 0, 0, 0, 0, wait, 1, 0, 0, 0}
end
if early > 0 and w.told == 0 then
  w.hold, w.scouts, w.began = now + early, 0, now + early
  w.ends = math.max(w.ends, w.hold + w.length)
end

local least_level = nil
for name, h in pairs(all) do
  if name ~= id and h.seq == w.seq and h.bulk_at > now - 1000 then
    least_level = math.min(least_level or h.level, h.level)
  end
end
if not own then own = {level = least_level or 0, bulk = 0, bulk_at = 0, waits = 0, wants = 0} end
if own.seq and own.seq ~= w.seq then own.level, own.bulk = 0, 0 end
if seq ~= w.seq then
  spent, stock = in_flight, 0
end
own.seq, own.number, own.till, own.label = w.seq, number, now + lease, ARGV[17]
own.spent, own.stock, own.in_flight = spent, stock, in_flight
all[id] = own

local granted, held = taken()
local least_out = w.limit - w.least - granted
w.out = math.max(0, math.min(math.max(w.out, least_out), least_out + held))
local free = w.limit - granted - w.out
local left = w.ends - now
local elapsed = math.max(now - w.began, w.length / 4)
-- What those who share nothing may have under way, and a little for what is counted late.
local unseen = math.floor(w.out / elapsed * 150 + math.min(2, 0.005 * w.limit))

local holders, active, ahead = 0, 0, 0
for name, h in pairs(all) do
  if h.till > now then holders = holders + 1 end
  if h.seq == w.seq and (h.bulk_at > now - 1000 or (name == id and want_b > 0)) then
    active = active + 1
  end
end

-- Until a response tells that the window has begun, only what was left of the one before may go.
local usable = free - unseen
if w.told == 0 then
  if now - w.began > 1000 then w.scouts, w.began = 0, now end
  usable = math.min(usable, math.max(1, w.left) - w.scouts)
  if now < w.hold then usable = 0 end
end
if now < (w.parked or 0) then usable = 0 end

local grant_i = math.max(0, math.min(want_i, usable))
local tail = math.max(0.015 * w.length, 1)
local rest = 0
if reserve > 0 then
  local rate_i = w.rate_i or interactive_rate(elapsed)
  rest = (rate_i + w.out / elapsed) * (tail + 50) + 1
  rest = math.min(math.max(rest, 0.004 * w.limit), 0.02 * w.limit) + unseen
end
local kept = rest
  + math.max(0, reserve * w.limit - rest) * math.max(0, left - 0.05 * w.length) / w.length / 0.95
local grant_b, wait_b = 0, 0
if want_b > 0 then
  if (w.bulk_at or 0) < now - 500 and w.bulk_at and now - w.began > 500 then
    w.anchor_free, w.anchor_left = free - 0.05 * w.limit, left
  end
  w.bulk_at = now
  local span = math.max(w.anchor_left - tail, 1)
  local slope = math.max((w.anchor_free - rest) / span, 0.000001)
  local line = rest + math.max(0, w.anchor_free - rest) * math.max(0, left - tail) / span
  local allowance = math.min(free - grant_i - math.max(kept, line), usable - grant_i)
  local handful = math.max(slope * 100 / active, math.min(4, slope * 300))
  local batch = math.max(1, math.min(want_b, math.ceil(handful)))
  for name, h in pairs(all) do
    if name ~= id and h.seq == w.seq and h.waits > now and h.level < own.level then
      ahead = ahead + math.min(h.wants, batch)
    end
  end
  local can = math.floor(allowance - ahead)
  local last = left < 2 * tail or w.told == 0
  if can >= batch or (last and can >= 1) then grant_b = math.min(can, batch) end
  own.bulk_at = now
  if grant_b > 0 then
    own.waits, own.wants = 0, 0
  else
    wait_b = math.ceil((ahead + batch - allowance) / slope)
    if left <= tail then wait_b = left
    elseif left <= 2 * tail then wait_b = math.min(wait_b, left - tail)
    else wait_b = math.min(wait_b, left - 2 * tail + 1) end
    if w.told == 0 then wait_b = 10 end
    wait_b = math.max(10, math.min(wait_b, 1000))
    own.waits, own.wants = now + wait_b + 100, want_b
  end
  own.level, own.bulk = own.level + grant_b, own.bulk + grant_b
end
if w.told == 0 then w.scouts = w.scouts + grant_i + grant_b end
own.stock = stock + grant_i + grant_b
local wait_i = 0
if want_i > 0 and grant_i == 0 then
  wait_i = math.max(1, math.min(left, w.told == 0 and 5 or 50))
end
local credit = 0
if w.told == 1 and now >= (w.parked or 0) then
  credit = math.max(0, math.floor(math.min(kept, usable - grant_i - grant_b) / (2 * holders)))
end

local flat_w = {}
for name, value in pairs(w) do
  flat_w[#flat_w + 1] = name
  flat_w[#flat_w + 1] = string.format('%.17g', value)
end
redis.call('HSET', KEYS[1], unpack(flat_w))
redis.call('HSET', KEYS[2], id, cjson.encode(own))
redis.call('PEXPIRE', KEYS[1], 600000)
redis.call('PEXPIRE', KEYS[2], 600000)
return {w.seq, grant_i, grant_b, wait_i, wait_b, left, w.length, credit,
  math.max(0, (w.parked or 0) - now), holders, free - grant_i - grant_b, w.limit, w.told}
"""
