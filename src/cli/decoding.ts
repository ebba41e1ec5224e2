import { serveDecoding } from './node/decodingThread'

serveDecoding()
