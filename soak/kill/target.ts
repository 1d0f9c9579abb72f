/** Something that can be killed or stopped, and comes back. */
export interface Target {
  /** what it is, for people: `kubelet-2`, `agent 4711 in soak-1-http/app-x` */
  name: string;
  /** of an agent or a container: whose pod it is in */
  namespace?: string;
  /** absent: it has just ended by itself */
  pid: number | undefined;
  /** Sends SIGKILL; what brings it back has begun, and starts it after `downMs`. False: it was not there any more. */
  kill(downMs: number): boolean;
  /**
   * Resolves when it is back and does its work.
   * @param killed it comes as another process; false: it was stopped, and goes on
   * @throws Error when it does not come back
   */
  back(killed: boolean): Promise<void>;
}
