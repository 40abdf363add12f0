from __future__ import annotations

from django.urls import path

from .views import import_mapping, imports, order_list, order_page, stores

app_name = "orders"
urlpatterns = [
    path("orders/", order_list.orders, name="orders"),
    path("orders/<int:pk>/", order_page.order, name="order"),
    path("orders/<int:pk>/customer/", order_page.order_customer, name="order_customer"),
    path("orders/<int:pk>/promise/", order_page.order_promise, name="order_promise"),
    path("aliexpress-orders/<int:pk>/", order_page.supplier_order, name="supplier_order"),
    path("imports/", imports.imports, name="imports"),
    path("imports/samples/<slug:name>.csv", imports.sample_file, name="sample_file"),
    path("imports/<int:pk>/", imports.import_page, name="import"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:pk>/saving/", imports.import_saving, name="import_saving"),
    path("imports/<int:pk>/cancellation/", imports.import_cancellation, name="import_cancellation"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/answers/", imports.import_answers, name="import_answers"),
    path("imports/<int:pk>/columns/", import_mapping.import_columns, name="import_columns"),
    path(
        "imports/<int:pk>/columns/forgetting/",
        import_mapping.import_columns_forgetting,
        name="import_columns_forgetting",
    ),
    path("imports/<int:pk>/bad-rows.csv", imports.bad_rows, name="bad_rows"),
    path("stores/", stores.stores, name="stores"),
    path("stores/first/", stores.first_store, name="first_store"),
    path("stores/<int:pk>/", stores.store, name="store"),
    path("buyer-accounts/", stores.buyer_accounts, name="buyer_accounts"),
    path("buyer-accounts/first/", stores.first_buyer_account, name="first_buyer_account"),
    path("buyer-accounts/<int:pk>/", stores.buyer_account, name="buyer_account"),
]
