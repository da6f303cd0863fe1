-- What only some routes ask for: to send the client elsewhere, and to pass on another request URI than the client wrote.
-- Nothing here runs for a plain route.

local byte, char, find, gsub, lower, match, sub =
  string.byte, string.char, string.find, string.gsub, string.lower, string.match, string.sub

local M = {}

-- Whether the client speaks HTTPS, to nginx or to a load balancer in front that says so. Without the latter a client behind such a
-- load balancer would be sent to HTTPS for ever. One that says so itself only spares itself the redirect.
local function over_https()
  if ngx.var.scheme == "https" then
    return true
  end
  local said = ngx.var.http_x_forwarded_proto
  return said ~= nil and lower(match(said, "^%s*(%a*)")) == "https"
end

-- The request URI as the client wrote it. "GET http://host?x HTTP/1.1" has none of its own.
local function written()
  local uri = ngx.var.request_uri
  return byte(uri) == 47 and uri or "/" .. uri
end

-- Where the client is sent instead of to the application, or nil.
local function elsewhere(route)
  local target
  if over_https() then
    target = route.https
  else
    target = route.http
    if not target and route.secure then
      -- Without a Host there is no address to send the client to.
      return ngx.var.host ~= "" and "@interlock_secure" or "@interlock_none", ""
    end
  end
  if target then
    return "@interlock_found", target .. written()
  end
  if route.upstream == "" then
    return "@interlock_none", ""
  end
end

local function decoded(text)
  if not find(text, "%", 1, true) then
    return text
  end
  return (gsub(text, "%%(%x%x)", function(hex)
    return char(tonumber(hex, 16))
  end))
end

local function encoded(path)
  return (gsub(path, "[^%w/!$&'()*+,;=:@._~-]", function(letter)
    return ("%%%02X"):format(byte(letter))
  end))
end

local function query()
  local args = ngx.var.args
  return args and args ~= "" and "?" .. args or ""
end

-- A browser at the context root itself is sent to the same with a slash, or its relative links would lead one level too high. An
-- API's POST and a websocket would not survive that; for them the context root is the application's "/".
local function wants_slash(route)
  local method = ngx.var.request_method
  return ngx.var.uri == route.path and (method == "GET" or method == "HEAD") and ngx.var.interlock_upgrade == ""
end

-- Where a path goes on after so many segments, or nil when it has fewer. Not with a pattern: those end at 200 segments.
local function after(path, segments)
  local at = 0
  for _ = 1, segments do
    at = find(path, "/", at + 1, true)
    if not at then
      return nil
    end
  end
  return find(path, "/", at + 1, true) or #path + 1
end

-- The request URI below the context root. As the client wrote it, escapes and all, where that says the same as what nginx routed
-- by; where the client wrote dots or empty segments, what nginx made of it.
local function below(route)
  if wants_slash(route) then
    return "@interlock_slash", encoded(route.path) .. "/" .. query()
  end
  local rest = sub(ngx.var.uri, #route.path + 1)
  local raw = ngx.var.request_uri
  local path = match(raw, "^[^?]*")
  local cut = after(path, route.segments)
  if cut and decoded(sub(path, 1, cut - 1)) == route.path and decoded(sub(path, cut)) == rest then
    rest = sub(raw, cut)
  else
    rest = encoded(rest) .. query()
  end
  return nil, byte(rest) == 47 and rest or "/" .. rest
end

-- The location of render/nginx/routed.ts that answers instead of the application, and the address it needs. Or nil, and what the
-- application is to see as the request URI; empty for what the client wrote.
function M.of(route)
  if route.sends then
    local place, target = elsewhere(route)
    if place then
      return place, target
    end
  end
  if route.segments then
    return below(route)
  end
  return nil, ""
end

return M
