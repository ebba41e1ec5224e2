import type { ErrorCode } from '../../core/foundation/appError'
import { BANDS, DISPENSABLE, SPECTRAL_BAND_COUNT } from '../../core/patches/bands'
import type { RefusedFile } from '../../core/patches/importPatches'
import type { FoundScene, SceneBand } from '../../core/scenes/scene'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import type { SceneChoices, SceneDrop, ScenePlan } from '../../worker/protocol'

/** What is known of the plan for the scene on screen. */
export type PlanState =
  | { status: 'asking' }
  | { status: 'ready'; plan: ScenePlan }
  | { status: 'refused'; code: ErrorCode; message: string }

/** Dropped scenes that a person decides on: the dialog "Add scene". */
export interface SceneBuilder {
  drop: SceneDrop
  /** Files of the drop that can't be used. */
  refused: readonly RefusedFile[]
  /** Name of the scene on screen; null: none was found. */
  scene: string | null
  /** By a scene's name. */
  choices: Readonly<Record<string, SceneChoices>>
  /** Names of scenes whose order of bands a person confirmed. */
  ordered: readonly string[]
  /** Names of scenes that are being added, or wait for it. */
  confirmed: readonly string[]
  /** True once a person changed something that closing would lose. */
  changed: boolean
  /** Of the scene on screen; null: something has to be answered first. */
  plan: PlanState | null
}

/** A scene that was confirmed: it is being added, waits, or was cut off and can go on. */
export interface WaitingScene {
  drop: string
  choices: SceneChoices
}

export function sceneOnScreen({ drop, scene }: SceneBuilder): FoundScene | null {
  return drop.scenes.find(({ name }) => name === scene) ?? null
}

/**
 * How a scene would be taken in by what was found out: all elevation models, the slopes and the area that came with it.
 *
 * @param cutOff a scene of this name that was not added whole: what was chosen for it is chosen again.
 */
export function presetChoices(scene: FoundScene, drop: SceneDrop, cutOff?: SceneRecord): SceneChoices {
  const elevation = drop.elevation.map(({ path }) => path)
  const [area] = drop.areas
  const preset: SceneChoices = {
    scene: scene.name,
    bands: {},
    quantification: null,
    offset: null,
    resampling: 'nearest',
    elevation,
    slope: drop.slopes[0]?.path ?? null,
    area: area !== undefined && drop.areas.length === 1 ? { kind: 'file', path: area } : null,
  }
  return cutOff ? { ...preset, ...choicesOf(cutOff, scene, drop) } : preset
}

/** What was chosen for a scene of the project, as far as the drop has its files: they may come from another folder. */
function choicesOf(record: SceneRecord, scene: FoundScene, drop: SceneDrop): Partial<SceneChoices> {
  const { recipe, area } = record
  const had = recipe.bands.find(band => 'path' in band)
  const quantification = had && Number((10_000 / had.scale).toPrecision(9))
  const among = (paths: readonly string[], wanted: string | null) =>
    paths.find(path => wanted !== null && baseName(path) === baseName(wanted)) ?? null
  const models = drop.elevation.map(({ path }) => path)
  const kept = recipe.elevation.flatMap(path => among(models, path) ?? [])
  const areaFile = area && among(drop.areas, area.name)
  return {
    ...(had && scene.quantification.value !== quantification && { quantification }),
    ...(had && scene.offset.value === null && { offset: had.offset }),
    resampling: recipe.resampling,
    ...(kept.length > 0 && { elevation: kept }),
    slope: among(
      drop.slopes.map(({ path }) => path),
      recipe.slope,
    ),
    area:
      area === null
        ? null
        : areaFile
          ? { kind: 'file', path: areaFile }
          : { kind: 'drawn', polygons: area.polygons },
  }
}

const baseName = (path: string) => path.split('/').at(-1)!

/** What a person chose, with the files that joined the drop since. */
export function choicesInDrop(
  before: SceneChoices,
  scene: FoundScene,
  drop: SceneDrop,
  earlier: SceneDrop,
): SceneChoices {
  const fresh = (now: readonly { path: string }[], then: readonly { path: string }[]) =>
    now.map(({ path }) => path).filter(path => !then.some(other => other.path === path))
  const has = (files: readonly { path: string }[], wanted: string) =>
    files.some(({ path }) => path === wanted)
  const { area, slope } = before
  const [newSlope] = fresh(drop.slopes, earlier.slopes)
  const newAreas = drop.areas.filter(path => !earlier.areas.includes(path))
  const keptArea = area?.kind === 'file' && !drop.areas.includes(area.path) ? null : area
  const bands = Object.entries(before.bands).filter(
    ([, file]) => file === null || candidateFiles(drop).some(other => isSame(other, file)),
  )
  return {
    ...before,
    scene: scene.name,
    bands: Object.fromEntries(bands),
    elevation: [
      ...before.elevation.filter(path => has(drop.elevation, path)),
      ...fresh(drop.elevation, earlier.elevation),
    ],
    slope: newSlope ?? (slope !== null && has(drop.slopes, slope) ? slope : null),
    area:
      keptArea === null && newAreas.length === 1 ? { kind: 'file' as const, path: newAreas[0]! } : keptArea,
  }
}

const isSame = (a: { path: string; band: number }, b: { path: string; band: number }) =>
  a.path === b.path && a.band === b.band

/** Every band of every file that is one of a scene in the drop. */
function candidateFiles(drop: SceneDrop): SceneBand[] {
  return drop.scenes.flatMap(scene => Object.values(scene.bands))
}

/** A row of the table of bands. */
export interface BandRow {
  /** "B4" */
  band: string
  /** "Red" */
  title: string
  /** What stands for it now; null: none. */
  file: SceneBand | null
  /** Files that can be it, the one in use among them. */
  candidates: readonly SceneBand[]
  /** Whether the scene can do without it. */
  dispensable: boolean
  /** Band's values: reflectance = (stored + offset) / quantification; null: not known. */
  quantification: number | null
  offset: number | null
}

/**
 * The twelve spectral bands with the files that can be each: files of that band in the whole drop and, where the order was
 * assumed, every band of the scene.
 */
export function bandRows(scene: FoundScene, choices: SceneChoices, drop: SceneDrop): BandRow[] {
  const all = candidateFiles(drop)
  return BANDS.slice(0, SPECTRAL_BAND_COUNT).map(({ name, title }) => {
    const found = scene.bands[name] ?? null
    const chosen = choices.bands[name]
    const file = chosen === undefined ? found : (all.find(other => chosen && isSame(other, chosen)) ?? null)
    const own = Object.values(scene.bands)
    const sameBand = drop.scenes.flatMap(other => other.bands[name] ?? [])
    const candidates = uniqueBands([
      ...(found ? [found] : []),
      ...sameBand.filter(other => fits(other, scene)),
      ...(scene.naming === 'assumed' || !found ? own : []),
      ...(file ? [file] : []),
    ])
    const quantification = choices.quantification ?? scene.quantification.value
    return {
      band: name,
      title,
      file,
      candidates: [...candidates],
      dispensable: DISPENSABLE.has(name),
      quantification,
      offset: choices.offset ?? scene.offset.byBand[name] ?? scene.offset.value,
    }
  })
}

function uniqueBands(bands: readonly SceneBand[]): SceneBand[] {
  return bands.filter((band, index) => bands.findIndex(other => isSame(other, band)) === index)
}

/** Of as many pixels as the scene has at that resolution. */
function fits(band: SceneBand, scene: FoundScene): boolean {
  const own = Object.values(scene.bands)
  const finest = Math.min(...own.map(({ resolution }) => resolution))
  const width = scene.grid?.width ?? Math.max(0, ...own.map(other => other.width))
  const height = scene.grid?.height ?? Math.max(0, ...own.map(other => other.height))
  const factor = Math.max(1, Math.round(band.resolution / finest))
  return Math.ceil(width / factor) === band.width && Math.ceil(height / factor) === band.height
}

/** Which part of the dialog a question or an error belongs to. */
export type BuilderField = 'bands' | 'values' | 'elevation' | 'slope' | 'area' | 'scene'

export interface Obstacle {
  field: BuilderField
  message: string
}

/** What a person has to answer before a plan can be asked for; null: nothing. */
export function openQuestion(builder: SceneBuilder): Obstacle | null {
  const scene = sceneOnScreen(builder)
  const choices = scene && builder.choices[scene.name]
  if (!scene || !choices) {
    return { field: 'scene', message: 'Add the files of a Sentinel-2 product.' }
  }
  if (scene.naming === 'assumed' && !builder.ordered.includes(scene.name)) {
    return { field: 'bands', message: 'Confirm which band is which.' }
  }
  if ((choices.quantification ?? scene.quantification.value) === null) {
    return { field: 'values', message: 'Answer what a reflectance of 1 is stored as.' }
  }
  if ((choices.offset ?? scene.offset.value) === null) {
    return { field: 'values', message: 'Answer which offset the values have.' }
  }
  if (choices.elevation.length === 0) return { field: 'elevation', message: 'Add an elevation model.' }
  if (choices.area?.kind === 'drawn' && choices.area.polygons.length === 0) {
    return { field: 'area', message: 'Draw the area, or choose the whole scene.' }
  }
  return null
}

/** The part of the dialog that an error of the plan is shown at. */
export function fieldOfError(
  { code, message }: { code: ErrorCode; message: string },
  { elevation, slope, area }: SceneChoices,
): BuilderField {
  if (code === 'scale-unknown') return 'values'
  if (code === 'bands-mismatch') return 'bands'
  const names = (path: string) => message.includes(baseName(path))
  if (area && (area.kind === 'file' ? names(area.path) : /\barea\b/i.test(message))) return 'area'
  if (slope !== null && names(slope)) return 'slope'
  if (elevation.some(names) || /elevation model|\bDEM\b/.test(message)) return 'elevation'
  return 'scene'
}
