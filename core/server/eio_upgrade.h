/* The upgrade of a session from polling to a WebSocket (engine.io-protocol v4, "Upgrade").
 * A part of eio_session: the probe transport, the time it has, and the moment it takes over. Only
 * eio_session calls these. */
#ifndef MW_SERVER_EIO_UPGRADE_H
#define MW_SERVER_EIO_UPGRADE_H

#include "core/server/eio_session.h"

void eio_upgrade_init(struct eio_session *s);
/* A WebSocket that names this session. ERR_STATE: upgrades are off, one is under way, or it is a
 * WebSocket already. */
enum err eio_upgrade_attach(struct eio_session *s, struct transport *t);
/* What the probe sent: `2probe`, `5`, or something that ends it. */
void eio_upgrade_receive(struct eio_session *s, bool binary, struct slice bytes);
/* The probe ended by itself: the session stays on polling. */
void eio_upgrade_abandon(struct eio_session *s);
/* Ends the probe, if there is one. */
void eio_upgrade_refuse(struct eio_session *s, enum transport_end how);

#endif
