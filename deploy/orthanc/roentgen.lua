-- Orthanc sends the films of every study that is complete to Roentgen by STOW-RS, each once.
-- What Roentgen makes of them comes back into the same study (ROENTGEN_DESTINATIONS).
-- What did not arrive is tried again with the studies that follow, for three days; what Roentgen refuses
-- while it is there, REFUSALS times, an hour apart at least (it may have had too much to do), or
-- MOST_REFUSALS times in all.
local SERVER = 'roentgen' -- among DicomWeb/Servers of the configuration
local FILMS = { CR = true, DX = true, RG = true, MG = true, PX = true, IO = true }
local SENT = '4201' -- metadata of an instance that was sent, refused, or given up
local WAITING = os.getenv('ORTHANC_WAITING') or '/var/lib/orthanc/roentgen-waiting'
local DAYS, PAUSE_S, LONGEST_PAUSE_S = 3, tonumber(os.getenv('ORTHANC_PAUSE_S') or 60), 3600
local REFUSALS, MOST_REFUSALS, APART_S = 3, 8, 3600
local waiting, jobs = {}, {}

-- `refused`: refusals that count; `refusals`: all of them; `refusedAt`: when the last one counted.
function Waiting(since)
   return { since = since, tries = 0, again = 0, refused = 0, refusals = 0, refusedAt = 0 }
end

-- What Orthanc answers, parsed; nil where it has no answer: what was asked for may be deleted by now.
function Asked(path)
   local answer = RestApiGet(path)
   return answer and ParseJson(answer)
end

function Initialize()
   local file = assert(io.open(WAITING, 'a+'))
   for line in file:lines() do
      local instance, since = string.match(line, '(%S+) (%d+)')
      if instance then
         waiting[instance] = Waiting(tonumber(since))
      end
   end
   file:close()
end

function OnStableStudy(study)
   for _, series in ipairs(Asked('/studies/' .. study .. '/series') or {}) do
      for _, instance in ipairs(FILMS[series.MainDicomTags.Modality] and series.Instances or {}) do
         local known = RestApiGet('/instances/' .. instance .. '/metadata')
         if known and not waiting[instance] and not string.find(known, '"' .. SENT .. '"', 1, true) then
            waiting[instance] = Waiting(os.time())
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
      one.refusals = one.refusals + 1
      if os.time() - one.refusedAt >= APART_S then
         one.refused, one.refusedAt = one.refused + 1, os.time()
      end
      print('Roentgen refuses instance ' .. instance .. ' (' .. one.refusals .. ' times); its log says why')
   else
      print('Roentgen does not answer; instance ' .. instance .. ' waits')
   end
   if one.refused >= REFUSALS or one.refusals >= MOST_REFUSALS then
      Finish(instance, 'refused')
   elseif os.time() - one.since > DAYS * 86400 then
      Finish(instance, 'given up')
   end
end

function IsReady()
   local servers = Asked('/dicom-web/servers?expand')
   if not servers or not servers[SERVER] then
      return false
   end
   local root = string.gsub(servers[SERVER].Url, '/dicom%-web/?$', '')
   return HttpGet(root .. '/health/ready') ~= nil
end

function Finish(instance, how)
   RestApiPut('/instances/' .. instance .. '/metadata/' .. SENT, how)
   waiting[instance] = nil
end
