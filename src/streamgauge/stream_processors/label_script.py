"""The two steps of the join as scripts: Redis runs each without anything in between.

ARGV begins with the prefix of all keys, the time slot, the milliseconds to keep, and how many
entries of a kind, slots, outcomes of a prediction and waiting outcomes of one there may be.
"""

# `room` tells whether one more entry of a kind fits, and counts it in the time slot in which it is
# made; what was made before the oldest slot has ended by itself.
_ROOM = """
local prefix, slot, keep, most = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local slots, facts, waiters = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local counter = prefix .. 'made'
local made, fresh = {}, {}
local held = redis.call('HGETALL', counter)
for i = 1, #held, 2 do
  local kind, at = string.match(held[i], '^(%a+):(%d+)$')
  if tonumber(at) < slot - slots then redis.call('HDEL', counter, held[i])
  else made[kind] = (made[kind] or 0) + tonumber(held[i + 1]) end
end
local function count(kind)
  made[kind] = (made[kind] or 0) + 1
  fresh[kind] = (fresh[kind] or 0) + 1
end
local function room(kind, limit)
  if (made[kind] or 0) >= limit then
    count('full')
    return false
  end
  count(kind)
  return true
end
local function settle()
  for kind, number in pairs(fresh) do
    redis.call('HINCRBY', counter, kind .. ':' .. slot, number)
  end
end
"""

# Items of five: id, source, fact, claims or nothing, the event if it may wait. Answers what stood
# before each fact, claims first; 0 where nothing is known of the prediction.
JOIN = (
    _ROOM
    + """
local out = {}
for i = 8, #ARGV, 5 do
  local id, source, fact, claims, event = ARGV[i], ARGV[i+1], ARGV[i+2], ARGV[i+3], ARGV[i+4]
  local key, mark = prefix .. 'p:' .. id, source .. ' '
  local list = redis.call('LRANGE', key, 0, -1)
  if #list == 0 and claims == '' then
    local waiting = prefix .. 'w:' .. id
    if event ~= '' and redis.call('HEXISTS', waiting, source) == 0
        and redis.call('HLEN', waiting) < waiters and room('waiting', most / 10) then
      redis.call('HSET', waiting, source, event)
      redis.call('PEXPIRE', waiting, keep)
    end
    out[#out + 1] = 0
  elseif #list == 0 then
    if room('label', most) then
      redis.call('RPUSH', key, claims, mark .. fact)
      redis.call('PEXPIRE', key, keep)
    end
    out[#out + 1] = {claims}
  else
    local before = nil
    for at = 2, #list do
      if string.sub(list[at], 1, #mark) == mark then before = at - 1 break end
    end
    if before then
      for at = #list, before + 1, -1 do list[at] = nil end
    elseif #list <= facts then
      redis.call('RPUSH', key, mark .. fact)
      if #list == 1 then
        count('label')
        redis.call('PEXPIRE', key, keep)
      end
    end
    out[#out + 1] = list
  end
end
settle()
return out
"""
)

# Items of two: id, claims. Answers the outcomes that wait for each, with their sources.
REMEMBER = (
    _ROOM
    + """
local out = {}
for i = 8, #ARGV, 2 do
  local id, claims = ARGV[i], ARGV[i+1]
  local key = prefix .. 'p:' .. id
  local known = redis.call('EXISTS', key) == 1
  if not known and room('prediction', most) then
    redis.call('RPUSH', key, claims)
    redis.call('PEXPIRE', key, keep)
    known = true
  end
  out[#out + 1] = known and redis.call('HGETALL', prefix .. 'w:' .. id) or {}
end
settle()
return out
"""
)
