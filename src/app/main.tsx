import '../ui/styles/index.css'
import { StrictMode, startTransition, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { toAppError } from '../core/foundation/appError'
import { createStudio } from '../state/createStudio'
import { startEngine } from '../state/models/predict'
import { dropPreferences, projectPreferences } from '../state/preferences'
import { watchEngine } from '../state/rounds/watchEngine'
import { joinSession } from '../state/session/joinSession'
import { openProject } from '../state/session/openProject'
import type { Rescue } from '../state/session/rescue'
import { browserTabs } from '../state/session/tabs'
import { bindKeys } from '../state/shell/bindKeys'
import type { Studio } from '../state/studio'
import { openProjectStore } from '../storage/openProjectStore'
import { FIRST_PROJECT, openProjects } from '../storage/projects'
import { rescueProject } from '../storage/rescue'
import { loadViews } from '../ui/map/LazyView'
import { RescueScreen } from '../ui/session/RescueScreen'
import { ErrorBoundary, StudioFailure } from '../ui/shell/ErrorBoundary'
import { StudioContext } from '../ui/studioContext'
import { createEngineClient, createFilesClient } from '../worker/client'
import { App, loadDialogs } from './App'
import { keepOffline } from './offline/keepOffline'
import { applyTheme, deliverFile, returnFocus, titlePage, watchWidth } from './pageEffects'

const host = document.getElementById('root')
if (!host) throw new Error('index.html has no #root.')
const root = createRoot(host)

let studio: Studio | null = null

/** The project of this tab, also after a reload: `sessionStorage` is the tab's own. */
const OPEN_PROJECT = 'scarp.project'

/** Renders the studio in slices, so that the window answers meanwhile. Changes of its state would end the slicing: wait. */
function renderFirst(studio: Studio): Promise<void> {
  return new Promise(resolve => {
    startTransition(() =>
      root.render(
        <StrictMode>
          <StudioContext.Provider value={studio}>
            <ErrorBoundary fallback={error => <StudioFailure error={error} />}>
              <App />
            </ErrorBoundary>
            <OnScreen then={resolve} />
          </StudioContext.Provider>
        </StrictMode>,
      ),
    )
  })
}

function OnScreen({ then }: { then: () => void }) {
  useEffect(then, [then])
  return null
}

function goTo(projectId: string): void {
  sessionStorage.setItem(OPEN_PROJECT, projectId)
  // A fresh page: nothing of this project is left in it.
  location.reload()
}

const projects = openProjects()
let projectId = sessionStorage.getItem(OPEN_PROJECT) ?? FIRST_PROJECT

try {
  projectId = await projects.choose(sessionStorage.getItem(OPEN_PROJECT))
  sessionStorage.setItem(OPEN_PROJECT, projectId)
  const openStorage = () => openProjectStore({ name: projectId })
  studio = createStudio({
    storage: await openStorage(),
    files: createFilesClient(projectId),
    engine: createEngineClient(projectId),
    preferences: projectPreferences(localStorage, projectId),
    projects,
    projectId,
    goTo,
    now: () => new Date(),
    newId: () => crypto.randomUUID(),
    deliver: deliverFile,
    openStorage,
  })
  // Before the first render, not in its effects: those run after the page is on screen, and a key pressed then counts.
  bindKeys(window, studio)
  watchWidth(window, studio)
  returnFocus(document, studio)
  applyTheme(document.documentElement, studio)
  titlePage(document, studio)
  await renderFirst(studio)
  watchEngine(studio)
  await joinSession(studio, browserTabs(projectId))
  await openProject(studio)
  const { openError } = studio.store.getState().session
  if (openError !== null) throw openError
  void loadViews().then(loadDialogs)
  // Asked for without waiting: browsers may grant it later, and Chrome decides by use.
  void navigator.storage?.persist?.()
  await startEngine(studio)
  // What was deleted while it was open, and copies whose tab closed.
  dropPreferences(localStorage, await projects.sweep())
  // Last, since it fetches every file of the build: the first patch and the engine come before it.
  if (import.meta.env.PROD) void keepOffline(studio)
} catch (thrown) {
  // Other tabs may have the project: this one shows nothing of it.
  studio?.close()
  const error = toAppError(thrown, 'storage-failed')
  const now = () => new Date()
  const project = rescueProject(projectId)
  const rescue: Rescue = { error, project, projects, projectId, goTo, deliver: deliverFile, now }
  root.render(<RescueScreen rescue={rescue} />)
}
