-- The agent's side of the tables (see ../README.md). Checks shapes, stores, counts the changes; decides nothing.

local failures = require("failures")
local json = require("json")
local unreachable = require("unreachable")

local dict = ngx.shared.interlock
local concat = table.concat

-- There before any table is: where these have taken all room, a new key would drop the one not used for longest.
dict:safe_add("generation", 0)
dict:safe_add("drain_until", 0)
dict:safe_add("rests_until", 0)
dict:safe_add("leaving", 0)

local M = {}

local function answer(status, text)
  ngx.status = status
  if text then
    ngx.print(text)
  end
  return ngx.exit(ngx.HTTP_OK)
end

local function body()
  ngx.req.read_body()
  local data = ngx.req.get_body_data()
  if data then
    return data
  end
  local path = ngx.req.get_body_file()
  local file = path and io.open(path, "rb")
  if not file then
    return ""
  end
  data = file:read("*a")
  file:close()
  return data
end

-- A word that cannot be mistaken for two, here or in a header: the stored forms are cut at tabs and line ends.
local function word(text)
  return type(text) == "string" and not text:find("%c")
end

local function address(text)
  if type(text) ~= "string" then
    return nil
  elseif text:find("^%d+%.%d+%.%d+%.%d+$") then
    return text
  elseif text:find(":", 1, true) and text:find("^[%x:.]+$") then
    return "[" .. text .. "]"
  end
end

local function whole_number(number, least, most)
  return type(number) == "number" and number >= least and number <= most and number % 1 == 0
end

-- Both or neither of max_fails and fail_timeout, the latter in milliseconds.
local function limits(fails, time)
  if fails == nil and time == nil then
    return "\t\t\t\n"
  elseif whole_number(fails, 0, 1e12) and whole_number(time, 0, 1e12) then
    return ("\t%d\t%d\t\n"):format(fails, time)
  end
end

local function endpoints_form(list)
  local parts = {}
  for i, endpoint in ipairs(list) do
    local host = type(endpoint) == "table" and address(endpoint[1])
    local ends = host and whole_number(endpoint[2], 1, 65535) and limits(endpoint[3], endpoint[4])
    if not ends then
      return nil
    end
    parts[i] = host .. "\t" .. endpoint[2] .. ends
  end
  return concat(parts)
end

local profiles = { default = true, tls = true, tls_verified = true }
-- Letters of the stored form, see tables.lua.
local flags = { { "strip", "s" }, { "address", "a" }, { "secure", "o" } }

local function route_form(route)
  if type(route) ~= "table" then
    return nil
  end
  local cookie, http, https = route.cookie or "", route.http or "", route.https or ""
  if not (word(route.path) and word(route.upstream) and word(cookie) and word(http) and word(https)) then
    return nil
  elseif route.path:sub(1, 1) ~= "/" or not profiles[route.profile] then
    return nil
  end
  local set = ""
  for _, flag in ipairs(flags) do
    local value = route[flag[1]]
    if value == true then
      set = set .. flag[2]
    elseif value ~= nil then
      return nil
    end
  end
  return concat({ route.path, route.upstream, route.profile, set, cookie, http, https }, "\t") .. "\n"
end

local function routes_form(list)
  local parts = {}
  for i, route in ipairs(list) do
    parts[i] = route_form(route)
    if not parts[i] then
      return nil
    end
  end
  return concat(parts)
end

local forms = {
  u = endpoints_form,
  h = routes_form,
  c = function(certificate)
    return require("certificates").stored_form(certificate)
  end,
}

local function form_of(key)
  return word(key) and forms[key:match("^(.):")]
end

local function stored_form(key, value)
  local form = form_of(key)
  return form and type(value) == "table" and form(value)
end

-- Certificates lie apart from the rest, by host: their keys are nobody else's to see.
local function place(key)
  if key:sub(1, 2) == "c:" then
    return ngx.shared.interlock_certificates, key:sub(3)
  end
  return dict, key
end

-- The endpoints of a stored form, by their names in tables.lua.
local function names_in(form)
  local names = {}
  for host, port in (form or ""):gmatch("([^\t\n]*)\t(%d+)\t[^\n]*\n") do
    names[host .. ":" .. port] = true
  end
  return names
end

-- An endpoint keeps the time it entered its upstream at, which applications need to begin to listen after (knocking.lua). What nginx is
-- told while it has not heard of everything yet may be running for long: those get no time.
local function dated(old, form)
  local since = {}
  for host, port, time in (old or ""):gmatch("([^\t\n]*)\t(%d+)\t%d*\t%d*\t([^\n]*)\n") do
    since[host .. ":" .. port] = time
  end
  local now = (dict:get("routes_until") or 0) == 0 and ("%.3f"):format(ngx.now()) or ""
  return (form:gsub("([^\t\n]*)\t(%d+)\t(%d*\t%d*\t)\n", function(host, port, limits)
    return host .. "\t" .. port .. "\t" .. limits .. (since[host .. ":" .. port] or now) .. "\n"
  end))
end

-- Who leaves an upstream leaves nothing behind: at that address will be another task.
local function forget_gone(key, old, form)
  if not old or key:sub(1, 2) ~= "u:" then
    return
  end
  local names = names_in(form)
  for name in pairs(names_in(old)) do
    if not names[name] then
      failures.forget(key:sub(3), name)
    end
  end
end

-- False when there is no room; the old value then stays. A dictionary frees the old value before it looks for room, so it is
-- put back where it was.
local function store(key, form)
  local shelf, name = place(key)
  local old = shelf:get(name)
  if key:sub(1, 2) == "u:" then
    form = dated(old, form)
  end
  if old == form then
    return true
  elseif shelf:safe_set(name, form) then
    forget_gone(key, old, form)
    return true
  end
  if old then
    shelf:safe_set(name, old)
  end
  return false
end

-- What of the tables is there once the change is applied, so that nobody waits for it any longer (waiting.lua).
local parts = { routes = "routes_until", certificates = "certificates_until" }

local function known(ready)
  for _, part in ipairs(ready) do
    if not parts[part] then
      return false
    end
  end
  return true
end

-- Everything is checked before anything is stored.
function M.tables()
  local change, err = json.decode(body())
  if type(change) ~= "table" then
    return answer(400, err or "not an object")
  end
  local set, gone, ready = change.set or {}, change.delete or {}, change.ready or {}
  if type(set) ~= "table" or type(gone) ~= "table" or type(ready) ~= "table" then
    return answer(400, "set, delete and ready are lists")
  elseif not known(ready) then
    return answer(400, "ready")
  end
  local stored = {}
  for i, pair in ipairs(set) do
    stored[i] = type(pair) == "table" and stored_form(pair[1], pair[2])
    if not stored[i] then
      return answer(400, type(pair) == "table" and tostring(pair[1]) or "set")
    end
  end
  local full
  for i, pair in ipairs(set) do
    if not store(pair[1], stored[i]) then
      full = pair[1]
      break
    end
  end
  if not full then
    for _, key in ipairs(gone) do
      if form_of(key) then
        local shelf, name = place(key)
        forget_gone(key, shelf:get(name))
        shelf:delete(name)
      end
    end
    for _, part in ipairs(ready) do
      dict:set(parts[part], 0)
    end
  end
  dict:incr("generation", 1, 0)
  if full then
    return answer(507, full)
  end
  return answer(204)
end

function M.identity()
  return answer(
    200,
    ('{"structure":"%s","pid":%d,"generation":%d,"waiting":%d}'):format(
      ngx.var.interlock_structure,
      ngx.worker.pid(),
      dict:get("generation") or 0,
      ngx.var.connections_waiting
    )
  )
end

-- What could not be reached since it was asked last.
function M.unreachable()
  return answer(200, unreachable.take())
end

function M.drain()
  local order = json.decode(body())
  local seconds = type(order) == "table" and tonumber(order.seconds)
  if not seconds or seconds < 0 then
    return answer(400, "seconds")
  end
  dict:set("drain_until", seconds > 0 and ngx.now() + seconds or 0)
  -- For good: whoever says so ends nginx next, and a reload that is just ending its own draining takes nothing back.
  if order.leaving == true then
    dict:set("leaving", 1)
  end
  dict:incr("generation", 1, 0)
  return answer(204)
end

return M
