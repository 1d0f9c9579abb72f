import { Counter, type Registry } from 'prom-client';

/** Metrics of notifications, exported by the worker. */
export interface NotificationMetrics {
  sent(receiver: string, type: string): void;
  failed(receiver: string, type: string): void;
}

export function createNotificationMetrics(registry: Registry): NotificationMetrics {
  const notifications = new Counter({
    name: 'squall_notifications_total',
    help: 'Notifications by receiver; failed: given up after several attempts',
    labelNames: ['receiver', 'event', 'outcome'],
    registers: [registry],
  });
  return {
    sent: (receiver, event) => notifications.inc({ receiver, event, outcome: 'sent' }),
    failed: (receiver, event) => notifications.inc({ receiver, event, outcome: 'failed' }),
  };
}
