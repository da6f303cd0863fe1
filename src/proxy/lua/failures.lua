-- Endpoints that failed and are set aside for a while, as nginx's max_fails and fail_timeout have it. Per worker.
--
-- Two differences. An endpoint whose service says nothing of it is set aside only when it could not be reached: a request that an
-- application failed at is no reason to take the others from it. And when all are set aside, all are asked.
-- What is known lies with the endpoint, as `record`: { fails, since, rests }, failures in the time that began at `since`, and until when
-- it rests.
-- What nginx does not try again (a POST that was sent, the last try of a request) is not seen here, and so not counted.

local M = {
  -- When the last of the records has no meaning any more; 0 while there are none, so that the usual request does not look.
  latest = 0,
}

-- nginx's own defaults.
local max_fails, fail_timeout = 1, 10

-- Whether there is anything to ask for.
function M.any(now)
  if now >= M.latest then
    M.latest = 0
  end
  return M.latest > 0
end

function M.rests(peer, now)
  local record = peer.record
  return record ~= nil and record.rests > now
end

-- Of a changed list: who was there before keeps its record. Who went and came back begins anew: at that address is another task.
function M.inherit(list, before)
  local known = {}
  for i = 1, #before do
    known[before[i].name] = before[i].record
  end
  for i = 1, #list do
    list[i].record = known[list[i].name]
  end
end

-- Counts a failed attempt. `reached` tells whether there was a connection at all.
function M.count(peer, reached, now)
  local most = peer.max_fails or max_fails
  local time = peer.fail_timeout or fail_timeout
  if most == 0 or reached and not peer.max_fails then
    return
  end
  local record = peer.record
  if not record or now > record.since + time then
    record = { fails = 0, since = now, rests = 0 }
    peer.record = record
  end
  record.fails = record.fails + 1
  if record.fails >= most then
    -- After its rest one more failure is enough, until it did without for as long.
    record.rests = now + time
    record.since, record.fails = record.rests, most - 1
  end
  if record.since + time > M.latest then
    M.latest = record.since + time
  end
end

return M
