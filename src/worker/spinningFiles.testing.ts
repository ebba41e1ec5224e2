import { type OpenRaster, rasterThread } from '../core/raster/rasterThread'
import { openOnce } from '../storage/openProjectStore'
import { FIRST_PROJECT } from '../storage/projects'
import { workerPort } from './files/decodingWorker'
import { createFilesApi } from './files/filesApi'
import type { FilesApi, ImportEvent } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'

/** For tests alone: the files worker, with the decoder of spinningDecoder.testing.ts and less patience for "brief". */
const thread = rasterThread(
  () => workerPort(new Worker(new URL('./spinningDecoder.testing.ts', import.meta.url), { type: 'module' })),
  { grace: 0 },
)
const open: OpenRaster = (input, options) =>
  thread.open(input, { ...options, limits: input.path.includes('brief') ? { milliseconds: 300 } : {} })

serveApi<FilesApi, ImportEvent>(
  self,
  createFilesApi({ open: openOnce(FIRST_PROJECT), openRaster: open, modelsUrl: '/models/' }),
)
announceLife(self)
