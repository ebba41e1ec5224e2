import { AppError } from '../core/foundation/appError'
import { type ArchivedProject, openArchivedProject } from '../core/project/archivedProject'
import { MANIFEST_NAME, MOST_MEMBERS } from '../core/project/archiveFormat'
import { readZipDirectory } from '../core/raster/zipArchive'
import { projectMasks } from '../core/results/exportedMask'
import { countStates, MASK_STATES, type MaskState, maskStateText } from '../core/review/provenance'
import { nodeInput, pathKind } from './node/nodeFiles'
import { value } from './optionSpec'

/** Masks that an analyst answers for, as in the studio's dialog. */
const DEFAULT_STATES: readonly MaskState[] = ['accepted', 'corrected']

/** Which masks of a project archive leave. */
export const STATES_OPTION = value<MaskState[]>(
  '<names>',
  'masks of a project archive by what became of them',
  {
    accepts: MASK_STATES.join(', '),
    allowed: `one or more of ${MASK_STATES.join(', ')}, separated by commas`,
    read(given) {
      const states = given.split(',').map(name => MASK_STATES.find(state => state === name.trim()))
      return states.every(state => state !== undefined) ? states : undefined
    },
  },
).default([...DEFAULT_STATES])

/** A project that the studio saved, and which of its masks leave. */
export interface ProjectArchive extends ArchivedProject {
  path: string
  name: string
  /** Of masks that were neither painted nor judged, as the analyst had it. */
  threshold: number
  patchIds: string[]
}

/** "PK", which every zip with members begins with. */
const ZIP_MAGIC = [0x50, 0x4b]

/**
 * Opens the project archives among paths that a person named.
 *
 * @returns them, with what they left out and mended in `notes`, and the other paths
 * @throws AppError as `openArchivedProject`; `export-failed` where no mask of an archive has one of the states
 */
export async function takeArchives(
  paths: readonly string[],
  states: readonly MaskState[],
  at: Date,
): Promise<{ archives: ProjectArchive[]; others: string[] }> {
  const archives: ProjectArchive[] = []
  const others: string[] = []
  for (const path of paths) {
    const project = await archiveAt(path, at)
    if (project) archives.push(await withMasks(path, project, states))
    else others.push(path)
  }
  return { archives, others }
}

/** null: there is none at this path, whatever else is. */
async function archiveAt(path: string, at: Date): Promise<ArchivedProject | null> {
  if ((await pathKind(path)) !== 'file') return null
  const file = await nodeInput(path)
  const begin = await file.slice(0, ZIP_MAGIC.length)
  if (ZIP_MAGIC.some((byte, i) => begin[i] !== byte)) return null
  // A damaged zip is refused by name where its masks are looked for.
  const members = await readZipDirectory(file, MOST_MEMBERS).catch(() => [])
  return members.some(({ name }) => name === MANIFEST_NAME) ? openArchivedProject(file, at, members) : null
}

async function withMasks(
  path: string,
  project: ArchivedProject,
  states: readonly MaskState[],
): Promise<ProjectArchive> {
  const { name, threshold } = await project.reader.project()
  const masks = await projectMasks(project.reader, threshold)
  const leaving = masks.filter(({ provenance }) => states.includes(provenance.state))
  const others = countStates(
    masks.filter(mask => !leaving.includes(mask)).map(({ provenance }) => provenance.state),
  )
  if (leaving.length === 0) {
    const wanted = states.map(maskStateText).join(' or ')
    throw new AppError(
      'export-failed',
      others === ''
        ? `"${path}" has no mask yet: predict its patches in the studio first.`
        : `No mask of "${path}" is ${wanted}. It has ${others}: choose them with --states.`,
    )
  }
  const notes = others === '' ? [] : [`Left out of ${name}: ${others}. --states takes them, too.`]
  return {
    ...project,
    path,
    name,
    threshold,
    patchIds: leaving.map(({ record }) => record.id),
    notes: [...project.notes, ...notes],
  }
}
