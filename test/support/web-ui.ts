import type { Browser, Locator, Page } from 'playwright-core';
import { openBrowser, screenshots } from './browser.ts';

/** Temporal's real Web UI in a real browser, used as a person would: by what is written on its buttons. */
export class WebUi implements AsyncDisposable {
  readonly #url: string;
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(url: string, browser: Browser, page: Page) {
    this.#url = url;
    this.#browser = browser;
    this.#page = page;
  }

  /** @param url of the Web UI. Installs the browser when it is missing. */
  static async open(url: string): Promise<WebUi> {
    const browser = await openBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(90_000);
    return new WebUi(url, browser, page);
  }

  /** Opens a workflow's page, on the execution it is in now. */
  async show(
    workflowId: string,
    tab: 'history' | 'pending' | 'metadata' | 'search-attributes' | 'relationships' = 'history',
  ): Promise<void> {
    await this.#page.goto(`${this.#url}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`);
    await this.#page.waitForURL(/\/history$/);
    if (tab === 'history') return;
    const names = {
      pending: 'Pending Activities',
      metadata: 'User Metadata',
      'search-attributes': 'Search Attributes',
      relationships: 'Relationships',
    };
    await this.#page.getByRole('tab', { name: names[tab] }).first().click();
  }

  /** Waits until the page says that the workflow is `Running`, `Canceled`, `Terminated`, `Completed` or `Failed`. */
  async awaitStatus(status: string): Promise<void> {
    await this.#page.getByTestId('workflow-status').or(this.#page.locator('main')).getByText(status, { exact: true }).first().waitFor();
  }

  async awaitText(text: string | RegExp): Promise<void> {
    await this.#page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Waits until the workflow's current details, which the tab `metadata` shows, say so. They are a page of their own. */
  async awaitDetails(text: string | RegExp): Promise<void> {
    await this.#page.locator('iframe').last().contentFrame().getByText(text).first().waitFor();
  }

  async requestCancellation(): Promise<void> {
    await this.#press(this.#page, 'Request Cancellation');
    await this.#press(this.#dialog('Cancel Workflow'), 'Confirm');
  }

  async terminate(reason: string): Promise<void> {
    await this.#choose('Terminate');
    const dialog = this.#dialog('Terminate Workflow');
    await dialog.getByPlaceholder('Enter a reason').fill(reason);
    await this.#press(dialog, 'Terminate');
  }

  /** Resets to an event of those the dialog offers. */
  async reset(eventId: number, reason: string): Promise<void> {
    await this.#choose('Reset');
    const dialog = this.#dialog('Reset Workflow');
    await dialog.getByTestId('workflow-reset-event-id-select-button').click();
    await this.#page
      .getByRole('option', { name: `${eventId} - WorkflowTaskCompleted` })
      .filter({ visible: true })
      .click();
    await dialog.getByRole('textbox').filter({ visible: true }).last().fill(reason);
    await this.#press(dialog, 'Confirm');
  }

  /** Keeps the page as it is now in out/test/NAME.png. */
  async screenshot(name: string): Promise<void> {
    await this.#page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true });
  }

  /** Opens the list of workflows, of those a visibility query finds. */
  async list(query: string): Promise<void> {
    await this.#page.goto(`${this.#url}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
  }

  /** Keeps what is to be seen without scrolling as a picture. */
  async picture(path: string): Promise<void> {
    await this.#page.screenshot({ path });
  }

  #dialog(title: string): Locator {
    return this.#page.locator('dialog[open]').filter({ hasText: title });
  }

  async #choose(action: string): Promise<void> {
    await this.#press(this.#page, 'More Actions');
    await this.#page.getByRole('menuitem', { name: action, exact: true }).filter({ visible: true }).click();
  }

  async #press(within: Page | Locator, name: string): Promise<void> {
    await within.getByRole('button', { name, exact: true }).filter({ visible: true }).click();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
