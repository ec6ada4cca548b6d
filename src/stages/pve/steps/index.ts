/** The handlers of the pve stage, one for each kind of step. */
import type { Handlers } from '../../../run/handler.ts';
import { fetch, refresh } from './apt-jobs.ts';
import { balancerOff, balancerOn } from './balancer.ts';
import { cleanUp } from './clean-up.ts';
import { drain } from './drain.ts';
import { guardOff, guardOn } from './guard.ts';
import { keepKernel, tryKernel } from './kernel-trial.ts';
import { maintenanceOff, maintenanceOn } from './maintenance.ts';
import { protect, protectOff } from './protect.ts';
import { reboot } from './reboot.ts';
import { rejoin } from './rejoin.ts';
import { returnGuests } from './return.ts';
import { upgrade } from './upgrade.ts';

export const pveHandlers: Handlers = {
  refresh,
  fetch,
  'balancer-off': balancerOff,
  'balancer-on': balancerOn,
  'maintenance-on': maintenanceOn,
  'maintenance-off': maintenanceOff,
  drain,
  protect,
  'protect-off': protectOff,
  'guard-on': guardOn,
  'guard-off': guardOff,
  upgrade,
  'clean-up': cleanUp,
  'try-kernel': tryKernel,
  reboot,
  rejoin,
  'keep-kernel': keepKernel,
  return: returnGuests,
};
