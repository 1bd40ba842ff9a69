-- Orthanc sends the films of every study that is complete to Roentgen by STOW-RS, each once.
-- What Roentgen makes of them comes back into the same study (ROENTGEN_DESTINATIONS).
-- What did not arrive is tried again with the studies that follow, for three days; what Roentgen refuses
-- while it is there, REFUSALS times (it may have had too much to do).
local SERVER = 'roentgen' -- among DicomWeb/Servers of the configuration
local FILMS = { CR = true, DX = true, RG = true, MG = true, PX = true, IO = true }
local SENT = '4201' -- metadata of an instance that was sent, refused, or given up
local WAITING = os.getenv('ORTHANC_WAITING') or '/var/lib/orthanc/roentgen-waiting'
local DAYS, PAUSE_S, LONGEST_PAUSE_S, REFUSALS = 3, tonumber(os.getenv('ORTHANC_PAUSE_S') or 60), 3600, 3
local waiting, jobs = {}, {}

function Initialize()
   local file = assert(io.open(WAITING, 'a+'))
   for line in file:lines() do
      local instance, since = string.match(line, '(%S+) (%d+)')
      if instance then
         waiting[instance] = { since = tonumber(since), tries = 0, again = 0, refused = 0 }
      end
   end
   file:close()
end

function OnStableStudy(study)
   for _, series in ipairs(ParseJson(RestApiGet('/studies/' .. study .. '/series'))) do
      for _, instance in ipairs(FILMS[series.MainDicomTags.Modality] and series.Instances or {}) do
         local known = RestApiGet('/instances/' .. instance .. '/metadata')
         if not waiting[instance] and not string.find(known, '"' .. SENT .. '"', 1, true) then
            waiting[instance] = { since = os.time(), tries = 0, again = 0, refused = 0 }
         end
      end
   end
   SendWaiting()
end

function SendWaiting()
   local file = assert(io.open(WAITING .. '.new', 'w'))
   for instance, one in pairs(waiting) do
      file:write(instance, ' ', one.since, '\n')
   end
   file:close()
   assert(os.rename(WAITING .. '.new', WAITING))
   for instance, one in pairs(waiting) do
      if one.again <= os.time() then
         one.tries = one.tries + 1
         one.again = os.time() + math.min(PAUSE_S * 2 ^ one.tries, LONGEST_PAUSE_S)
         local order = DumpJson({ Resources = { instance }, Synchronous = false }, false)
         local answer = RestApiPost('/dicom-web/servers/' .. SERVER .. '/stow', order)
         local job = answer and ParseJson(answer)
         if job and job.ID then
            jobs[job.ID] = instance
         elseif os.time() - one.since > DAYS * 86400 or not RestApiGet('/instances/' .. instance) then
            waiting[instance] = nil -- deleted meanwhile, or for too long
         end
      end
   end
end

function OnJobSuccess(job)
   if jobs[job] then
      Finish(jobs[job], 'sent')
      SendWaiting()
   end
   jobs[job] = nil
end

-- Orthanc does not say whether nobody answered or what: Roentgen is asked whether it is there.
function OnJobFailure(job)
   local instance = jobs[job]
   local one = waiting[instance]
   jobs[job] = nil
   if not one then
      return
   end
   if IsReady() then
      one.refused = one.refused + 1
      print('Roentgen refuses instance ' .. instance .. ' (' .. one.refused .. ' of ' .. REFUSALS .. '); its log says why')
   else
      print('Roentgen does not answer; instance ' .. instance .. ' waits')
   end
   if one.refused >= REFUSALS then
      Finish(instance, 'refused')
   elseif os.time() - one.since > DAYS * 86400 then
      Finish(instance, 'given up')
   end
end

function IsReady()
   local servers = ParseJson(RestApiGet('/dicom-web/servers?expand'))
   local root = string.gsub(servers[SERVER].Url, '/dicom%-web/?$', '')
   return HttpGet(root .. '/health/ready') ~= nil
end

function Finish(instance, how)
   RestApiPut('/instances/' .. instance .. '/metadata/' .. SENT, how)
   waiting[instance] = nil
end
