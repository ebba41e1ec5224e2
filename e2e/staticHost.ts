import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

export interface HostOptions {
  /** The folder of the host where the studio lies; "/" is the host's root. */
  path?: string
  /** Sends index.html to its folder, as hosts with clean addresses do. */
  redirects?: boolean
}

/** An ordinary web server that sets no header but the content type. */
export class StaticHost {
  private constructor(
    private readonly server: Server,
    readonly address: string,
  ) {}

  static async start(
    folder: string,
    { path = '/', redirects = false }: HostOptions = {},
  ): Promise<StaticHost> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (redirects && pathname === `${path}index.html`) {
        response.writeHead(308, { Location: path }).end()
        return
      }
      const name = normalize(decodeURIComponent(pathname.slice(path.length))) || 'index.html'
      const file = join(folder, name === '.' ? 'index.html' : name)
      const found = pathname.startsWith(path) && file.startsWith(folder) && existsSync(file)
      if (!found || !statSync(file).isFile()) {
        response.writeHead(404).end()
        return
      }
      response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' })
      response.end(readFileSync(file))
    })
    return new StaticHost(server, `${await listen(server)}${path}`)
  }

  stop(): Promise<void> {
    return close(this.server)
  }
}

/** Another origin that lets everybody read, and counts who came. */
export class Stranger {
  visits = 0

  private constructor(
    private readonly server: Server,
    readonly address: string,
  ) {}

  static async start(): Promise<Stranger> {
    const server = createServer((_request, response) => {
      stranger.visits += 1
      response.writeHead(200, {
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      })
      response.end('taken')
    })
    const stranger: Stranger = new Stranger(server, await listen(server))
    return stranger
  }

  stop(): Promise<void> {
    return close(this.server)
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
