import '../core/foundation/withoutEval'
import { createFilesApi } from './files/filesApi'
import { openOnce } from './openOnce'
import type { FilesApi } from './protocol'
import { serveApi } from './rpc/serveApi'

serveApi<FilesApi>(self, createFilesApi(openOnce()))
