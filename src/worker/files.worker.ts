import '../core/foundation/withoutEval'
import { openOnce } from '../storage/openProjectStore'
import { createFilesApi } from './files/filesApi'
import type { FilesApi } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'

serveApi<FilesApi>(self, createFilesApi(openOnce()))
announceLife(self)
