import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { listNames } from '../../core/foundation/text'
import { pathKind, readNamedFile } from '../node/nodeFiles'

/**
 * Paths as they are, but instead of lists (a `.txt` file, a path a line) and of STAC items and item collections (`.json`) what
 * they name, relative to where they lie. Lists may name items. What is named twice is there once.
 *
 * @returns absolute paths
 * @throws AppError `bad-argument` for JSON that is no item, and for items whose assets are not on this machine's disks;
 *   `file-unreadable`
 */
export async function expandLists(paths: readonly string[]): Promise<string[]> {
  const all: string[] = []
  for (const path of paths) {
    if (!/\.txt$/i.test(path) || (await pathKind(path)) !== 'file') all.push(...(await expandItems(path)))
    else {
      for (const line of linesOf(await textOf(path)))
        all.push(...(await expandItems(resolve(dirname(path), line))))
    }
  }
  return [...new Set(all)]
}

async function textOf(path: string): Promise<string> {
  return new TextDecoder().decode(await readNamedFile(path))
}

/** Without comments. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map(line => line.trim())
  return lines.filter(line => line !== '' && !line.startsWith('#'))
}

/** https://github.com/radiantearth/stac-spec/blob/v1.1.0/item-spec/item-spec.md */
const itemSchema = z.object({
  type: z.literal('Feature'),
  stac_version: z.string(),
  id: z.string(),
  assets: z.record(z.string(), z.object({ href: z.string() })),
})

/** As a search in a STAC API gives them: the older item collections, and GeoJSON of items. */
const collectionSchema = z.object({ type: z.literal('FeatureCollection'), features: z.array(itemSchema) })

type Item = z.output<typeof itemSchema>

async function expandItems(path: string): Promise<string[]> {
  if (!/\.json$/i.test(path) || (await pathKind(path)) !== 'file') return [resolve(path)]
  const all: string[] = []
  for (const item of itemsOf(await textOf(path), path)) all.push(...(await filesOf(item, path)))
  return all
}

function itemsOf(text: string, path: string): Item[] {
  let json: unknown
  try {
    json = JSON.parse(text)
    const { type } = z.looseObject({ type: z.string() }).parse(json)
    if (type === 'FeatureCollection') return collectionSchema.parse(json).features
    if (type === 'Feature') return [itemSchema.parse(json)]
  } catch (cause) {
    throw notItems(path, '', cause)
  }
  const { type } = json as { type: string }
  const isCatalogue = type === 'Catalog' || type === 'Collection'
  throw notItems(path, isCatalogue ? `: it is a ${type.toLowerCase()}, which names items` : '')
}

function notItems(path: string, but: string, cause?: unknown): AppError {
  const message = `"${path}" is no STAC item or item collection${but}. Give scenes, a list of paths (.txt) or STAC items.`
  return new AppError('bad-argument', message, { cause })
}

/** Endings of what a scene is made of. */
const OF_SCENES = /\.(jp2|tiff?|xml|zip|safe)\/?$/i

/** Files of an item's assets that a scene may be made of, each of them there. */
async function filesOf({ id, assets }: Item, path: string): Promise<string[]> {
  const item = `Item ${JSON.stringify(id)} of "${path}"`
  const wanted = Object.values(assets).filter(({ href }) => OF_SCENES.test(href))
  const remote = wanted.filter(({ href }) => isRemote(href))
  if (remote.length > 0) {
    throw new AppError(
      'bad-argument',
      `${item} names ${remote[0]!.href.slice(0, 200)}, which is not on a disk of this machine. Scarp fetches nothing: ` +
        'download its assets and give the item whose hrefs name the copies.',
    )
  }
  if (wanted.length === 0) {
    const named = listNames(Object.values(assets).map(({ href }) => href.slice(0, 80)))
    throw new AppError(
      'bad-argument',
      `${item} has no asset that a scene is made of (.jp2, .tif, .xml, .zip, .SAFE)${named && `: it names ${named}`}. ` +
        'Leave it out, or give the scene itself.',
    )
  }
  return Promise.all(wanted.map(({ href }) => placeOf(href, path, item)))
}

function isRemote(href: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(href) && !/^file:/i.test(href)
}

/** Where an asset lies. Writers of items differ in whether a relative path is percent-encoded. */
async function placeOf(href: string, path: string, item: string): Promise<string> {
  for (const name of namesOf(href)) {
    const place = resolve(dirname(path), name)
    if (await pathKind(place)) return place
  }
  throw new AppError(
    'bad-argument',
    `${item} names ${href.slice(0, 200)}, and there is no such file. Copy it there, or mend the item's href.`,
  )
}

function namesOf(href: string): string[] {
  try {
    return /^file:/i.test(href) ? [fileURLToPath(href)] : [href, decodeURIComponent(href)]
  } catch {
    // No URL of a file here, or a percent sign that encodes nothing.
    return /^file:/i.test(href) ? [] : [href]
  }
}
