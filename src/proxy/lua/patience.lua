-- How long an attempt of a request may take to connect (see render/nginx/connecting.ts, which gives the numbers), and how long all of them
-- together: so that endpoints that cannot be reached cost each request seconds, however many there are.
--
-- Why not proxy_next_upstream_timeout: that counts the time an application worked on a request too, and a download that was cut after
-- a minute would not be asked for anew.

local gmatch = string.gmatch

-- Seconds; 0 where nothing of ours decides. `usual` for one attempt, `more` for one that has more time.
local M = { usual = 0, more = 0 }

-- Attempts so far, and how long those took that did not get a connection.
local function waited(connect_times, response_times)
  local count, sum = 0, 0
  local took = gmatch(response_times, "[^,%s:]+")
  for connected in gmatch(connect_times, "[^,%s:]+") do
    count = count + 1
    local seconds = tonumber(took())
    if connected == "-" and seconds then
      sum = sum + seconds
    end
  end
  return count, sum
end

-- Seconds for the next attempt, of `tries` a request has, each at most `longest`; nil: as nginx.conf says. All together have twice what one
-- with more time has, and four times `longest`, if that is less. What is left of it is shared among those left.
-- `connect_times` and `response_times` are $upstream_connect_time and $upstream_response_time.
function M.share(longest, tries, connect_times, response_times)
  if longest == 0 then
    return nil
  end
  local count, sum = waited(connect_times or "", response_times or "")
  local share = (math.min(2 * M.more, 4 * longest) - sum) / math.max(1, tries - count)
  -- A connection over one network takes less than this, and no timeout at all would be none.
  return math.max(math.min(share, longest), 0.05)
end

return M
