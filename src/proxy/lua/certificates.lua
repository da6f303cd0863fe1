-- Certificates by SNI (see render/nginx/https.ts): PEM texts in a dictionary of their own, taken apart once per worker and version.

local C = require("ffi").C
local hello = require("ngx.ssl.clienthello")
local lrucache = require("resty.lrucache")
local ssl = require("ngx.ssl")
local waiting = require("waiting")

local dict, tables = ngx.shared.interlock_certificates, ngx.shared.interlock
local find, lower, sub = string.find, string.lower, string.sub

require("ffi").cdef([[
int SSL_set_session_id_context(void *ssl, const unsigned char *context, unsigned int length);
]])

local M = {}

-- Host → what its handshakes need. A certificate with chain and key takes 10 to 30 KB here; those least recently used leave.
local parsed = lrucache.new(1000)

-- Of names without a certificate; no handshake ends with it.
local nothing = "nothing"

local function pem(text, label)
  return type(text) == "string"
    and not find(text, "\0", 1, true)
    and find(text, "%-%-%-%-%-BEGIN [%w ]*" .. label .. "%-%-%-%-%-%s[^-]+%-%-%-%-%-END [%w ]*" .. label .. "%-%-%-%-%-")
end

-- What control.lua stores for {"certificate": pem, "key": pem}; nil when these are not PEM texts. Whether they are sound shows at the
-- first handshake, so that one that is not harms its own host only.
function M.stored_form(value)
  if type(value) == "table" and pem(value.certificate, "CERTIFICATE") and pem(value.key, "PRIVATE KEY") then
    return value.certificate .. "\0" .. value.key
  end
end

-- No word about a certificate ever holds a part of its key: these are OpenSSL's names of what failed.
local function refuse(entry, err)
  entry.usable = false
  ngx.log(ngx.ERR, "certificate of ", entry.host, " not usable: ", err)
end

local function parse(host, raw)
  local entry, cut = { host = host, usable = true }, find(raw, "\0", 1, true)
  local chain, key, err
  chain, err = ssl.parse_pem_cert(sub(raw, 1, cut - 1))
  if chain and find(raw, "ENCRYPTED", cut, true) then
    -- OpenSSL would ask the terminal for the password.
    err = "its key is encrypted"
  elseif chain then
    key, err = ssl.parse_pem_priv_key(sub(raw, cut + 1))
  end
  entry.chain, entry.key = chain, key
  if not key then
    refuse(entry, err)
  end
  return entry
end

-- As in tables.lua: only when the generation moved is a value looked at again, and only when it differs is it parsed.
local function lookup(host)
  local generation = tables:get("generation")
  local entry = parsed:get(host)
  if entry and entry.generation == generation then
    return entry
  end
  local raw = dict:get(host)
  if not raw then
    parsed:delete(host)
    return nil
  end
  -- Instead of the text, so that the key is not in this memory twice.
  local version = ngx.sha1_bin(host .. "\0" .. raw)
  if not entry or entry.version ~= version then
    entry = parse(host, raw)
    entry.version = version
    parsed:set(host, entry)
  end
  entry.generation = generation
  return entry
end

-- The certificate of the name a client sent, else that of the default backend, else nil.
local function certificate_for(name)
  if name and name ~= "" then
    name = lower(name)
    local entry = lookup(sub(name, -1) == "." and sub(name, 1, -2) or name)
    if entry then
      return entry
    end
  end
  return lookup("*")
end

-- First phase of every handshake. A session that is resumed brings no certificate to choose; bound to the one it began with, it can be
-- resumed only while its host has that very certificate.
function M.bind()
  local version
  if waiting.for_certificates() then
    -- choose() waits, here one cannot. What is not known yet nobody resumes, now or later.
    version = ngx.sha1_bin(ngx.worker.pid() .. " " .. ngx.now() .. " " .. math.random())
  else
    local entry = certificate_for(hello.get_client_hello_server_name())
    version = entry and entry.version or nothing
  end
  local pointer, err = ssl.get_req_ssl_pointer()
  if not pointer or C.SSL_set_session_id_context(pointer, version, #version) ~= 1 then
    ngx.log(ngx.ERR, "session not bound: ", err)
    return ngx.exit(ngx.ERROR)
  end
  -- nginx keeps with the connection what it has been asked for once. Over HTTP/2 each request is a copy of the connection, and would ask
  -- the kernel by itself for the $server_port that applications are told.
  ssl.raw_server_addr()
end

-- Certificate phase of a full handshake. Without a certificate OpenSSL refuses it with the alert handshake_failure.
function M.choose()
  while waiting.for_certificates() do
    waiting.a_moment()
  end
  ssl.clear_certs()
  local entry = certificate_for(ssl.server_name())
  if not (entry and entry.usable) then
    return
  end
  local ok, err = ssl.set_cert(entry.chain)
  if ok then
    ok, err = ssl.set_priv_key(entry.key)
  end
  if not ok then
    ssl.clear_certs()
    refuse(entry, err)
  end
end

return M
