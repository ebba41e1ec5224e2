import { serveRasters } from '../core/raster/rasterThread'
import { announceLife } from './rpc/serveApi'

serveRasters({
  postMessage: (message, transfer) => self.postMessage(message, { transfer }),
  onMessage: listener => self.addEventListener('message', ({ data }) => listener(data)),
})
announceLife(self)
