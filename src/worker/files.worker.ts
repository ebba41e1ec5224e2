import '../core/foundation/withoutEval'
import { createFilesApi } from './files/filesApi'
import { openOnce } from './openOnce'
import type { FilesApi } from './protocol'
import { announceLife } from './rpc/announceLife'
import { serveApi } from './rpc/serveApi'

serveApi<FilesApi>(self, createFilesApi(openOnce()))
announceLife(self)
