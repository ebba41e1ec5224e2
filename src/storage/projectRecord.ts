import type { ProjectRecord, ProjectStore } from './projectStore'
import { checkRecord, projectSchema } from './recordSchemas'
import type { RecordStore } from './recordStore'

const PROJECT_ID = 'project'
/** The method's pseudo-label threshold. */
const DEFAULT_THRESHOLD = 0.7

export function projectMethods(records: RecordStore): Pick<ProjectStore, 'project' | 'updateProject'> {
  const project = async (): Promise<ProjectRecord> => {
    const stored = await records.read('Reading the project', open => open.get('project', PROJECT_ID))
    if (stored) return checkRecord(projectSchema, 'the project', stored)
    return records.write('Making the project', ['project'], async transaction => {
      const store = transaction.objectStore('project')
      const made = await store.get(PROJECT_ID)
      if (made) return made // another tab was first
      const fresh = freshProject()
      await store.put(fresh)
      return fresh
    })
  }
  return {
    project,
    async updateProject(change) {
      await project()
      return records.write('Saving the project', ['project'], async transaction => {
        const store = transaction.objectStore('project')
        const merged = { ...(await store.get(PROJECT_ID)), ...change, id: PROJECT_ID }
        const changed = checkRecord(projectSchema, 'the project', merged)
        await store.put(changed)
        return changed
      })
    },
  }
}

/** @param filesFolder where its files lie, if not in the folder named as the project. */
export function freshProject(filesFolder?: string): ProjectRecord {
  return {
    id: PROJECT_ID,
    name: 'Untitled project',
    createdAt: new Date().toISOString(),
    threshold: DEFAULT_THRESHOLD,
    ...(filesFolder !== undefined && { filesFolder }),
  }
}
