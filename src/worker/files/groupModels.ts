import type { DroppedModel } from '../modelProtocol'

/** A file that belongs to a model, by what it holds. */
export interface ModelPart {
  path: string
  kind: 'manifest' | 'weights' | 'card'
  file: Blob
}

/**
 * Puts together what lies in one folder: beside a manifest.json, the folder's own files are one model; every other
 * safetensors file is a checkpoint by itself.
 *
 * @returns also the files that belong to no model: cards without a manifest.
 */
export function groupModels(parts: readonly ModelPart[]): { models: DroppedModel[]; strays: ModelPart[] } {
  const folders = new Map<string, ModelPart[]>()
  for (const part of parts) {
    const folder = folderOf(part.path)
    folders.set(folder, [...(folders.get(folder) ?? []), part])
  }
  const models: DroppedModel[] = []
  const strays: ModelPart[] = []
  for (const [folder, members] of folders) {
    const manifest = members.find(part => part.kind === 'manifest')
    const own = manifest ? members.filter(part => part.kind !== 'weights' || isOwn(part.path)) : []
    if (manifest) {
      const files = Object.fromEntries(own.map(part => [nameOf(part.path), part.file]))
      models.push({ path: folder || manifest.path, kind: 'folder', files })
    }
    for (const part of members) {
      if (own.includes(part)) continue
      if (part.kind !== 'weights') strays.push(part)
      else models.push({ path: part.path, kind: 'checkpoint', files: { [nameOf(part.path)]: part.file } })
    }
  }
  return { models, strays }
}

function isOwn(path: string): boolean {
  return ['weights.safetensors', 'golden.safetensors'].includes(nameOf(path))
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path
}
