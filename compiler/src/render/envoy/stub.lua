-- Answers in place of a backend: its name and the request as the backend would have got it.

local NAME = 'x-kgwc-stub-backend'

-- A JSON string; bytes that are no printable ASCII are escaped as Latin-1.
local function quote(text)
  local escaped = string.gsub(text or '', '[^ !#-Z%[%]^-~]', function(byte)
    return string.format('\\u%04x', string.byte(byte))
  end)
  return '"' .. escaped .. '"'
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local shown = {}
  for name, value in pairs(headers) do
    if string.sub(name, 1, 1) ~= ':' and name ~= NAME then
      table.insert(shown, '[' .. quote(name) .. ', ' .. quote(value) .. ']')
    end
  end
  local body = '{"backend": ' .. quote(headers:get(NAME))
    .. ', "method": ' .. quote(headers:get(':method'))
    .. ', "authority": ' .. quote(headers:get(':authority'))
    .. ', "path": ' .. quote(headers:get(':path'))
    .. ', "headers": [' .. table.concat(shown, ', ') .. ']}'
  local response = {[':status'] = '200', ['content-type'] = 'application/json'}
  -- A response to HEAD has no body.
  if headers:get(':method') == 'HEAD' then
    response['x-kgwc-stub'] = body
  end
  handle:respond(response, body .. '\n')
end
