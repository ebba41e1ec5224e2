import { openOnce } from '../storage/openProjectStore'
import { FIRST_PROJECT } from '../storage/projects'
import { decodingWorker } from './files/decodingWorker'
import { createFilesApi } from './files/filesApi'
import type { FilesApi, ImportEvent } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'
import { modelsUrl } from './starterModels'

/** A worker is named after its project (`createFilesClient`). */
const projectId = self.name || FIRST_PROJECT

serveApi<FilesApi, ImportEvent>(
  self,
  createFilesApi({
    ...{ open: openOnce(projectId), openRaster: decodingWorker(), projectId },
    modelsUrl: modelsUrl(import.meta.url),
  }),
)
announceLife(self)
