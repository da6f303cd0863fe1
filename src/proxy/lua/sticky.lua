-- Which endpoint a client keeps. Highest random weight: each endpoint and each client give a number, the endpoint with the highest
-- has the client. An endpoint that comes or goes moves only the clients it wins or had, and every worker of every proxy agrees.

local bit = require("bit")

local bnot, bxor, lshift, rshift, tobit = bit.bnot, bit.bxor, bit.lshift, bit.rshift, bit.tobit
local crc32_long, sub = ngx.crc32_long, string.sub

local M = {}

-- An address of IPv4 inside of one of IPv6.
local mapped = ("\0"):rep(10) .. "\255\255"

-- The network a client comes from, because addresses change within it: of IPv4 the first three of four parts, as nginx's ip_hash
-- has it; of IPv6 the first half.
local function network(address)
  if #address == 4 then
    return sub(address, 1, 3)
  elseif sub(address, 1, 12) == mapped then
    return sub(address, 13, 15)
  end
  return sub(address, 1, 8)
end

-- The number of the client, or nil when nothing keeps it: its cookie is not there yet.
function M.client(route)
  if route.cookie then
    local value = ngx.var[route.cookie]
    return value and value ~= "" and crc32_long(value) or nil
  elseif route.address then
    return crc32_long(network(ngx.var.binary_remote_addr))
  end
end

M.endpoint = crc32_long

-- A number for both, as good as random. Why not a checksum of both texts: the difference of two checksums does not depend on what the
-- texts have in common, so of three endpoints one would get half of all clients. Source: Thomas Wang, integer hash function, 2007.
function M.weight(client, endpoint)
  local h = bxor(client, endpoint)
  h = tobit(bnot(h) + lshift(h, 15))
  h = bxor(h, rshift(h, 12))
  h = tobit(h + lshift(h, 2))
  h = bxor(h, rshift(h, 4))
  h = tobit(h * 2057)
  return bxor(h, rshift(h, 16))
end

return M
