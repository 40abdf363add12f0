from __future__ import annotations

import os

import django
from django.core.wsgi import get_wsgi_application

from closedorders.core.http.database_watch import limit_pages
from closedorders.core.static_files.collected import ensure_collected

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "closedorders.settings")
django.setup(set_prefix=False)
ensure_collected()
application = get_wsgi_application()
# Here, because only web processes come by: workers and commands have long statements.
limit_pages()
