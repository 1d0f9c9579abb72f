import { join } from 'node:path';

/** What is bundled: the workflows, and what stands around each of them. `extension`: `.ts` in a checkout, `.js` in a package */
export function workflowSources(folder: string, extension: string): { workflowsPath: string; workflowInterceptorModules: string[] } {
  const path = (name: string) => join(folder, `workflows/${name}${extension}`);
  return { workflowsPath: path('index'), workflowInterceptorModules: [path('interceptors')] };
}
