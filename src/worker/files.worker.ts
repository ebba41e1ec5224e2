import { openOnce } from '../storage/openProjectStore'
import { createFilesApi } from './files/filesApi'
import type { FilesApi, ImportEvent } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'

serveApi<FilesApi, ImportEvent>(self, createFilesApi(openOnce()))
announceLife(self)
