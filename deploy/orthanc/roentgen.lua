-- Orthanc sends the films of every study that is complete to Roentgen by STOW-RS, each once.
-- What Roentgen makes of them comes back into the same study (ROENTGEN_DESTINATIONS).
-- What did not arrive is tried again at each sweep, for three days; what Roentgen refuses while it is
-- there, REFUSALS times, an hour apart at least (it may have had too much to do), or MOST_REFUSALS
-- times in all. A sweep also finds the films of studies that were not complete when Orthanc stopped:
-- it does not call OnStableStudy for those after a restart.
-- Orthanc 1.11.2 and later sweep by themselves (LuaHeartBeatPeriod); an earlier one is asked to, every
-- minute, by roentgen-sweep.timer: a request with the header X-Roentgen.
local SERVER = 'roentgen' -- among DicomWeb/Servers of the configuration
local FILMS = { CR = true, DX = true, RG = true, MG = true, PX = true, IO = true }
local SENT = '4201' -- metadata of an instance that was sent, refused, or given up
local WAITING = os.getenv('ORTHANC_WAITING') or '/var/lib/orthanc/roentgen-waiting'
local DAYS, PAUSE_S, LONGEST_PAUSE_S = 3, tonumber(os.getenv('ORTHANC_PAUSE_S') or 60), 3600
local REFUSALS, MOST_REFUSALS, APART_S = 3, 8, 3600
local PAGE, MOST_PAGES = 1000, 20 -- changes that one sweep looks at
local waiting, jobs = {}, {}
-- Of Orthanc's changes: up to which one all films are queued, and the newest one at the last sweep.
local queued, newest

-- `away`: Roentgen was not there at the last try.
-- `refused`: refusals that count; `refusals`: all of them; `refusedAt`: when the last one counted.
function Waiting(since)
   return { since = since, tries = 0, again = 0, refused = 0, refusals = 0, refusedAt = 0 }
end

-- What Orthanc answers, parsed; nil where it has no answer: what was asked for may be deleted by now.
function Asked(path)
   local answer = RestApiGet(path)
   return answer and ParseJson(answer)
end

-- What an archive had before this hook was installed is not sent.
function Initialize()
   local file = assert(io.open(WAITING, 'a+'))
   for line in file:lines() do
      local instance, since = string.match(line, '(%S+) (%d+)')
      if instance == 'changes' then
         queued = tonumber(since)
      elseif instance then
         waiting[instance] = Waiting(tonumber(since))
      end
   end
   file:close()
   local last = NewestChange()
   queued = math.min(queued or last, last) -- the archive may be another one
   WriteDown()
   if SetHttpTimeout then
      SetHttpTimeout(10)
   end
end

function NewestChange()
   local last = Asked('/changes?last')
   return last and last.Last or 0
end

function WriteDown()
   local file = assert(io.open(WAITING .. '.new', 'w'))
   file:write(string.format('changes %d\n', queued))
   for instance, one in pairs(waiting) do
      file:write(instance, ' ', one.since, '\n')
   end
   file:close()
   assert(os.rename(WAITING .. '.new', WAITING))
end

function OnStableStudy(study)
   for _, series in ipairs(Asked('/studies/' .. study .. '/series') or {}) do
      for _, instance in ipairs(FILMS[series.MainDicomTags.Modality] and series.Instances or {}) do
         Queue(instance)
      end
   end
   SendWaiting()
end

function Queue(instance)
   local known = RestApiGet('/instances/' .. instance .. '/metadata')
   if known and not waiting[instance] and not string.find(known, '"' .. SENT .. '"', 1, true) then
      waiting[instance] = Waiting(os.time())
   end
end

-- What was there at the last sweep has had the time to be a complete study.
function Sweep()
   if newest then
      QueueArrived(newest)
   end
   newest = NewestChange()
   local ready -- asked once, and only if it matters
   for _, one in pairs(waiting) do
      if one.away and ready == nil then
         ready = IsReady()
      end
      if one.away and ready then
         one.away, one.again = false, 0
      end
   end
   SendWaiting()
end

OnHeartBeat = Sweep

local others = IncomingHttpRequestFilter -- of another script

-- Orthanc has checked who asks before it calls this.
function IncomingHttpRequestFilter(method, uri, ip, username, headers)
   if headers['x-roentgen'] == 'sweep' then
      Sweep()
   end
   return others == nil or others(method, uri, ip, username, headers)
end

-- The films among the instances that arrived since the last time, up to a change.
function QueueArrived(last)
   local isFilm = {}
   for _ = 1, MOST_PAGES do
      local page = Asked(string.format('/changes?since=%d&limit=%d', queued, PAGE))
      for _, change in ipairs(page and page.Changes or {}) do
         if change.Seq > last then
            return
         end
         if change.ChangeType == 'NewInstance' and IsFilm(change.ID, isFilm) then
            Queue(change.ID)
         end
         queued = change.Seq
      end
      if not page or page.Done then
         return
      end
   end
end

-- `known`: of each series that was asked for, whether it is of films.
function IsFilm(instance, known)
   local found = Asked('/instances/' .. instance)
   local of = found and found.ParentSeries
   if of and known[of] == nil then
      local series = Asked('/series/' .. of)
      known[of] = series ~= nil and FILMS[series.MainDicomTags.Modality] or false
   end
   return of ~= nil and known[of]
end

function SendWaiting()
   WriteDown()
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
   one.away = not IsReady()
   if not one.away then
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
